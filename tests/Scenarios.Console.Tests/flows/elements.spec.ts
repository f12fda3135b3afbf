/** Every type of element, by one table: its window from the defaults to the words on its box. */
import type { Locator, Page } from '@playwright/test';
import { api, chain, create, draftOf, type Element, scenarioOf, untilDraft } from '../support/api';
import { element, expect, findings, openEditor, test } from '../support/console';

interface Kind {
  /** As the palette calls it. */
  title: string;
  type: string;
  /** Untouched, the server finds something to say. */
  isFlagged: boolean;
  fill: (window: Locator, page: Page) => Promise<void>;
  summary: RegExp;
  settings: Record<string, unknown>;
}

const kinds: Kind[] = [
  {
    title: 'Wait',
    type: 'wait',
    isFlagged: false,
    fill: async (w) => {
      await w.getByRole('textbox', { name: 'How long: hours' }).fill('6');
    },
    summary: /1 day 6 hours/,
    settings: { duration: { days: 1, hours: 6 } },
  },
  {
    title: 'Condition',
    type: 'condition',
    isFlagged: true,
    fill: async (w, page) => {
      await w.getByRole('textbox', { name: 'Name of branch 1' }).fill('gold');
      await w.getByRole('button', { name: 'Rule', exact: true }).click();
      await page.getByRole('menuitem', { name: 'Profile' }).click();
      await w.getByRole('combobox', { name: 'Field' }).click();
      await page.getByRole('option', { name: 'tier' }).click();
      await w.getByRole('textbox', { name: 'Value' }).fill('gold');
      await w.getByRole('button', { name: 'Add a branch' }).click();
      await w.getByRole('button', { name: 'Rule', exact: true }).nth(1).click();
      await page.getByRole('menuitem', { name: 'Content of the capture' }).click();
      await w.getByRole('textbox', { name: 'Content' }).fill('order.total');
      await w.getByRole('combobox', { name: 'Comparison' }).nth(1).click();
      await page.getByRole('option', { name: 'is more than' }).click();
      await w.getByRole('textbox', { name: 'Value' }).nth(1).fill('100');
    },
    summary: /gold, branch 2, else/,
    settings: {
      branches: [
        { output: 'gold', rules: { all: [{ field: 'tier', op: 'equal', value: 'gold' }] } },
        { output: 'branch 2', rules: { all: [{ content: 'order.total', op: 'greater', value: 100 }] } },
      ],
    },
  },
  {
    title: 'Split',
    type: 'split',
    isFlagged: false,
    fill: async (w) => {
      await w.getByRole('button', { name: 'Add a part' }).click();
      await w.getByRole('textbox', { name: 'Percent of A' }).fill('50');
      await w.getByRole('textbox', { name: 'Percent of B' }).fill('30');
      await w.getByRole('textbox', { name: 'Percent of C' }).fill('20');
      await w.getByRole('radio', { name: 'Drawn anew' }).check();
      await expect(w.getByText('Together 100 %')).toBeVisible();
    },
    summary: /A 50 % · B 30 % · C 20 %/,
    settings: {
      branches: [
        { output: 'A', percent: 50 },
        { output: 'B', percent: 30 },
        { output: 'C', percent: 20 },
      ],
      draw: 'eachEntry',
    },
  },
  {
    title: 'Go to scenario',
    type: 'goto',
    isFlagged: true,
    fill: async (w, page) => {
      await w.getByRole('combobox', { name: 'Scenario' }).fill('Where jumps');
      await page.getByRole('option', { name: /Where jumps lead/ }).click();
    },
    summary: /on to #\d+/,
    settings: { scenario: expect.any(Number) },
  },
  {
    title: 'Webhook',
    type: 'webhook',
    isFlagged: true,
    fill: async (w) => {
      await w.getByRole('textbox', { name: 'URL' }).fill('https://example.com/orders');
      await w.getByRole('button', { name: 'Headers' }).click();
      await w.getByRole('button', { name: 'Add' }).first().click();
      await w.getByRole('textbox', { name: 'Name 1' }).fill('X-Shop');
      await w.getByRole('textbox', { name: 'Value 1' }).fill('north');
    },
    summary: /POST\s*example\.com\/orders/,
    settings: { method: 'POST', url: 'https://example.com/orders', headers: { 'X-Shop': 'north' } },
  },
  {
    title: 'Update profile',
    type: 'updateProfile',
    isFlagged: true,
    fill: async (w, page) => {
      await w.getByRole('button', { name: 'Add a change' }).click();
      await w.getByRole('combobox', { name: 'Field 1' }).click();
      await page.getByRole('option', { name: 'tier' }).click();
      await w.getByRole('textbox', { name: 'Value 1' }).fill('silver');
    },
    summary: /tier = silver/,
    settings: { set: { tier: 'silver' } },
  },
];

test.beforeAll(async () => {
  const fields = [
    { name: 'tier', type: 'text' },
    { name: 'orders', type: 'number' },
    { name: 'renewsOn', type: 'date' },
  ];
  await api('PATCH', '/databases/default', { fields }).catch(async () => undefined);
  await create('Where jumps lead');
});

for (const kind of kinds)
  test(`ELEM ${kind.type}: defaults valid or flagged, Apply writes, Cancel does not, axe finds nothing`, async ({ signedIn: page }) => {
    const n = await create(`Window of ${kind.type}`);
    await openEditor(page, n);
    const w = page.getByRole('dialog', { name: new RegExp(`^${kind.title}`) });

    // ELEM-1: what comes from the palette. ELEM-5 with it.
    await page
      .getByRole('complementary', { name: 'Elements' })
      .getByRole('button', { name: new RegExp(`^${kind.title}`) })
      .click();
    await expect(w).toBeVisible();
    expect(await findings(page)).toEqual([]);
    // Esc on an untouched new one takes it back.
    await page.keyboard.press('Escape');
    await expect(page.locator('[data-el]')).toHaveCount(1);
    await expect.poll(() => draftOf(n)).toBeNull();
    await page
      .getByRole('complementary', { name: 'Elements' })
      .getByRole('button', { name: new RegExp(`^${kind.title}`) })
      .click();
    await w.getByRole('button', { name: 'Apply' }).click();
    const box = page.locator('[data-el]').nth(1);
    await expect(box).toBeFocused();
    await expect(box.locator('.el-problem')).toHaveCount(kind.isFlagged ? 1 : 0);
    const draft = JSON.stringify((await expectDraft(n)).definition);

    // ELEM-3: Cancel leaves the draft as it was, to the byte.
    await page.keyboard.press('Enter');
    await kind.fill(w, page);
    expect(await findings(page)).toEqual([]);
    await w.getByRole('button', { name: 'Cancel' }).click();
    await w.getByRole('button', { name: 'Discard' }).click();
    await expect(w).toHaveCount(0);
    expect(JSON.stringify((await expectDraft(n)).definition)).toBe(draft);

    // ELEM-2: Apply, and the words on the box.
    await page.keyboard.press('Enter');
    await kind.fill(w, page);
    await w.getByRole('button', { name: 'Apply' }).click();
    await expect(w).toHaveCount(0);
    await expect(box.locator('.el-summary')).toHaveText(kind.summary);
    await untilDraft(n, (d) => d.definition.elements[1]?.settings).toMatchObject(kind.settings);
    await expect(box.locator('.el-problem')).toHaveCount(0);
    // What the console wrote is what the server takes, and gives back alike.
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect.poll(async () => (await scenarioOf(n)).revision).toBe(2);
    expect((await scenarioOf(n)).definition.elements[1]?.settings).toMatchObject(kind.settings);
  });

async function expectDraft(n: number) {
  await expect.poll(() => draftOf(n)).not.toBeNull();
  return (await draftOf(n)) as NonNullable<Awaited<ReturnType<typeof draftOf>>>;
}

test('ELEM-4 what the server refuses stands at its field', async ({ signedIn: page }) => {
  const hook: Element = { id: 'h1', type: 'webhook', settings: { method: 'POST', url: 'https://example.com/' } };
  const n = await create('Refused settings', { definition: chain(hook) });
  await openEditor(page, n);
  await element(page, 'h1').dblclick();
  const w = page.getByRole('dialog');
  await w.getByRole('textbox', { name: 'URL' }).fill('not a url');
  await expect(w.getByRole('textbox', { name: 'URL' })).toHaveAttribute('aria-invalid', 'true');
  await w.getByRole('textbox', { name: 'URL' }).fill('https://example.com/{{ profile.id }}');
  await expect(w.getByRole('textbox', { name: 'URL' })).not.toHaveAttribute('aria-invalid', 'true');
  await w.getByRole('textbox', { name: 'Body' }).fill('{{ profile.id ');
  await expect(w.getByRole('textbox', { name: 'Body' })).toHaveAttribute('aria-invalid', 'true');
  expect(await findings(page)).toEqual([]);
});

test('ELEM-6 a wait in all its kinds', async ({ signedIn: page }) => {
  const n = await create('All waits', { definition: chain({ id: 'w1', type: 'wait', settings: { duration: { days: 1 } } }) });
  await openEditor(page, n);
  const w = page.getByRole('dialog');
  const box = element(page, 'w1').locator('.el-summary');
  const shape = async (mode: string, fill: () => Promise<void>, words: RegExp, settings: Record<string, unknown>) => {
    await element(page, 'w1').dblclick();
    await w.getByText(mode, { exact: true }).click();
    await fill();
    expect(await findings(page)).toEqual([]);
    await w.getByRole('button', { name: 'Apply' }).click();
    await expect(w).toHaveCount(0);
    await expect(box).toHaveText(words);
    await untilDraft(n, (d) => d.definition.elements[1]?.settings).toMatchObject(settings);
  };
  await shape(
    'A date',
    () => w.getByRole('textbox', { name: 'Until' }).or(w.getByLabel('Until')).first().fill('2030-05-01T10:00'),
    /until Wed, 1 May 2030, 10:00:00/,
    {
      until: '2030-05-01T08:00:00.000Z',
    },
  );
  await shape(
    'A date of the profile',
    async () => {
      await w.getByRole('textbox', { name: 'Days' }).fill('14');
      await w.getByRole('combobox', { name: 'Side' }).click();
      await page.getByRole('option', { name: 'before' }).click();
      await w.getByLabel('At', { exact: true }).fill('09:00');
      await w.getByRole('radio', { name: 'Leave the scenario' }).check();
    },
    /14 days before renewsOn at 09:00/,
    { field: { name: 'renewsOn', offset: { days: 14 }, before: true, at: '09:00' }, past: 'exit' },
  );
  await shape(
    'Days and hours',
    async () => {
      await w.getByText('Fri', { exact: true }).click();
      await w.getByLabel('From').fill('10:30');
    },
    /until Mon–Thu 10:30–18:00/,
    { window: { weekdays: [1, 2, 3, 4], from: '10:30', to: '18:00' } },
  );
});

test('CAP-2, CAP-3, CAP-5 the start takes API calls; the call that its window shows brings a profile in', async ({ signedIn: page, context }) => {
  const n = await create('Called', { definition: chain({ id: 'w1', type: 'wait', settings: { duration: { days: 1 } } }, { id: 'e1', type: 'end' }) });
  await api('POST', `/scenarios/${n}:activate`, {});
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await openEditor(page, n);
  await element(page, 'start').dblclick();
  const w = page.getByRole('dialog');
  await expect(w.getByRole('switch', { name: 'Takes captures' })).toBeChecked();
  expect(await findings(page)).toEqual([]);
  await w.getByRole('button', { name: 'Copy' }).click();
  const call = await page.evaluate(() => navigator.clipboard.readText());
  const [url, body] = [/POST (\S+)/.exec(call)?.[1] ?? '', /-d '(.*)'/.exec(call)?.[1] ?? ''];
  const answer = await api<{ accepted: boolean }>('POST', url.replace(/^.*\/api\/v1/, ''), { ...JSON.parse(body), profile: {} });
  expect(answer.accepted).toBe(true);
  await w.getByRole('button', { name: 'Cancel' }).click();
  await expect(element(page, 'w1').locator('.live')).toHaveText(/^1/);
  await element(page, 'start').dblclick();
  await w.getByRole('switch', { name: 'Takes captures' }).uncheck();
  await w.getByRole('button', { name: 'Apply' }).click();
  await expect(element(page, 'start').locator('.el-summary')).toHaveText('switched off');
  await untilDraft(n, (d) => d.definition.elements[0]?.settings).toEqual({ enabled: false });
});
