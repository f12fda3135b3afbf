import type { Page } from '@playwright/test';
import { api, capture, captureMany, chain, create, live, newToken, running, wait } from '../support/api';
import { element, expect, findings, openEditor, otherPerson, test } from '../support/console';

const panel = (page: Page) => page.getByRole('region', { name: 'Statistics' });
const dateOf = (at: Date, zone: string) => new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(at);
const day = 86_400_000;

interface Totals {
  totals: { entered: number; completed: number; errors: number; failedBy: Record<string, number> };
}

/** One of three goes on at once, one waits, one fails: start > split by tier. */
const branching = {
  elements: [
    { id: 'start', type: 'apiCall', name: 'Default' },
    {
      id: 'c1',
      type: 'condition',
      name: 'Tier',
      settings: {
        branches: [
          { output: 'gold', rules: { content: 'tier', op: 'equal', value: 'gold' } },
          { output: 'silver', rules: { content: 'tier', op: 'equal', value: 'silver' } },
        ],
      },
    },
    { id: 'w1', type: 'wait', name: 'A day', settings: { duration: { days: 1 } } },
    { id: 'e1', type: 'end', name: 'Done' },
    { id: 'h1', type: 'webhook', name: 'Call', settings: { method: 'POST', url: 'https://nowhere.invalid/', retries: 0 } },
  ],
  links: [
    { from: 'start', output: 'next', to: 'c1' },
    { from: 'c1', output: 'gold', to: 'w1' },
    { from: 'c1', output: 'silver', to: 'e1' },
    { from: 'c1', output: 'else', to: 'h1' },
  ],
};

const enter = (n: number, profileId: string, tier: string) => api('POST', `/scenarios/${n}/captures`, { profileId, profile: {}, content: { tier } });

async function seeded(title: string): Promise<number> {
  const n = await running(title, { definition: branching });
  for (const [i, tier] of ['gold', 'gold', 'gold', 'silver', 'silver', 'other'].entries()) await enter(n, `${title}-${i}`, tier);
  await expect.poll(async () => (await api<Totals>('GET', `/scenarios/${n}/statistics`)).totals.errors).toBe(1);
  return n;
}

test('STAT-1 the period is the last seven days, ending today in the scenario’s zone', async ({ signedIn: page }) => {
  const zone = 'Pacific/Kiritimati';
  const n = await create('Far away', { settings: { timeZone: zone } });
  const asked = page.waitForRequest((r) => r.url().includes(`/scenarios/${n}/statistics?`));
  await openEditor(page, n, '?stats=period');
  const today = dateOf(new Date(), zone);
  await expect(panel(page).getByRole('textbox', { name: 'Last day' })).toHaveValue(today);
  await expect(panel(page).getByRole('textbox', { name: 'First day' })).toHaveValue(dateOf(new Date(Date.now() - 6 * day), zone));
  await expect(panel(page).getByText(`7 days, ${zone}`)).toBeVisible();
  const query = new URL((await asked).url()).searchParams;
  expect(Date.parse(query.get('to') ?? '') - Date.parse(query.get('from') ?? '')).toBe(7 * day);
  // Kiritimati is fourteen hours ahead.
  expect(query.get('from')).toContain('T10:00:00');
  expect(await findings(page)).toEqual([]);
});

test('STAT-2 typed dates and picked ones ask the same and stand in the address', async ({ signedIn: page }) => {
  const n = await create('By date');
  await openEditor(page, n, '?stats=period');
  const [first, last] = [panel(page).getByRole('textbox', { name: 'First day' }), panel(page).getByRole('textbox', { name: 'Last day' })];
  const asked: string[] = [];
  page.on('request', (r) => {
    if (r.url().includes('/statistics?')) asked.push(new URL(r.url()).search);
  });
  await first.fill('2026-10-05');
  await first.press('Enter');
  await last.fill('2026-10-09');
  await last.press('Enter');
  await expect(page).toHaveURL(/from=2026-10-05&to=2026-10-09|to=2026-10-09&from=2026-10-05/);
  const typed = asked.at(-1);
  await panel(page).getByRole('button', { name: 'Today' }).click();
  await expect(page).not.toHaveURL(/2026-10/);
  await page.goBack();

  await openEditor(page, n, '?stats=period&from=2026-10-01&to=2026-10-31');
  await first.click();
  await page.getByRole('button', { name: '5 October 2026', exact: true }).click();
  await last.click();
  await page.getByRole('button', { name: '9 October 2026', exact: true }).click();
  await expect(page).toHaveURL(/from=2026-10-05&to=2026-10-09|to=2026-10-09&from=2026-10-05/);
  expect(asked.at(-1)).toBe(typed);
  await first.click();
  expect(await findings(page)).toEqual([]);
});

test('STAT-3 entered, completed and errors equal the runs, also over each element; an error leads to its runs', async ({ signedIn: page }) => {
  const n = await seeded('Counted');
  await openEditor(page, n, '?stats=period');
  const figure = (name: string) => panel(page).locator('.figure', { hasText: name }).locator('.figure-n');
  await expect(figure('Entered')).toHaveText('6');
  await expect(figure('Completed')).toHaveText('2');
  await expect(figure('Errors')).toHaveText('1');
  await expect(element(page, 'c1').locator('.period-in')).toHaveText('6 in');
  await expect(element(page, 'c1').locator('.period-ports i')).toHaveText(['3 · 50 %', '2 · 33 %', '1 · 17 %']);
  await expect(element(page, 'w1').locator('.period-out')).toHaveText('0 out');
  await expect(element(page, 'e1').locator('.period-out')).toHaveText('2 ended');
  expect(await findings(page)).toEqual([]);
  await panel(page)
    .getByRole('button', { name: /^Errors/ })
    .click();
  await expect(page.getByRole('dialog', { name: 'Errors' })).toContainText('host not found');
  expect(await findings(page)).toEqual([]);
  await page.getByRole('link', { name: 'host not found' }).click();
  await expect(page).toHaveURL(/runs\?.*reason=/);
  await expect(page.getByRole('row', { name: /Counted-5/ })).toContainText('Failed');
  await expect(page.locator('tbody tr')).toHaveCount(1);
  expect(await findings(page)).toEqual([]);
});

test('STAT-4 in real time the number inside is the sum of the badges, and everything that ever entered adds up', async ({ signedIn: page }) => {
  const n = await seeded('Adding up');
  await openEditor(page, n, '?stats=live');
  const inside = panel(page).locator('.figure', { hasText: 'In the scenario now' }).locator('.figure-n');
  const sumOfBadges = async () =>
    (await page.locator('.react-flow__node .live').allTextContents()).reduce((sum, t) => sum + Number(t.replaceAll(',', '')), 0);
  await expect(inside).toHaveText('3');
  await expect(panel(page).getByRole('note')).toHaveText('6 entered = 3 inside + 2 completed + 1 failed + 0 left');
  for (let i = 0; i < 4; i++) await enter(n, `later-${i}`, 'gold');
  await expect(inside).toHaveText('7', { timeout: 4000 });
  expect(await sumOfBadges()).toBe(7);
  expect((await live(n)).inside).toBe(7);
  await expect(panel(page).getByRole('note')).toHaveText('10 entered = 7 inside + 2 completed + 1 failed + 0 left');
  await expect(panel(page).locator('.figure', { hasText: 'Entered today' }).locator('.figure-n')).toHaveText('10');
  await panel(page).getByRole('note').focus();
  await expect(page.getByRole('tooltip')).toContainText('Every run that ever entered');
  expect(await findings(page)).toEqual([]);
});

test('STAT-5 an end before the beginning is refused', async ({ signedIn: page }) => {
  const n = await create('Backwards');
  await openEditor(page, n, '?stats=period&from=2026-10-05&to=2026-10-09');
  const before = page.url();
  const last = panel(page).getByRole('textbox', { name: 'Last day' });
  await last.fill('2026-10-01');
  await last.press('Enter');
  await expect(panel(page).getByText('The last day is before the first.')).toBeVisible();
  expect(page.url()).toBe(before);
  expect(await findings(page)).toEqual([]);
});

test('STAT-6 the chart says its numbers in a table', async ({ signedIn: page }) => {
  const n = await running('Charted', { definition: chain({ id: 'e1', type: 'end' }) });
  await captureMany(n, 12, 'chart');
  await openEditor(page, n, '?stats=period');
  const table = panel(page).getByRole('table', { name: /^Entered, completed and errors by day/ });
  await expect(table.getByRole('row')).toHaveCount(8);
  await expect(table.getByRole('row').last().getByRole('cell')).toHaveText(['12', '12', '0']);
  await expect(panel(page).locator('.chart-picture svg').first()).toBeVisible();
});

test('STAT-7 the panel is closed at first, remembers its height and is left by what opened it', async ({ signedIn: page }) => {
  const n = await create('High');
  await openEditor(page, n);
  const toggle = panel(page).getByRole('button', { name: 'Statistics' });
  await expect(toggle).toHaveAttribute('aria-expanded', 'false');
  await toggle.click();
  await expect(toggle).toHaveAttribute('aria-expanded', 'true');
  const edge = page.getByRole('separator', { name: 'Height of the statistics' });
  const height = Number(await edge.getAttribute('aria-valuenow'));
  await edge.focus();
  await page.keyboard.press('ArrowUp');
  await expect(edge).toHaveAttribute('aria-valuenow', String(height + 24));
  await page.reload();
  await expect(edge).toHaveAttribute('aria-valuenow', String(height + 24));
  await toggle.click();
  await expect(page).not.toHaveURL(/stats=/);
});

test('STAT-8 who may only look sees the same numbers', async ({ browser }) => {
  const n = await running('Looked at', { definition: chain(wait('w1')) });
  await capture(n, 'seen');
  const page = await otherPerson(browser, await newToken('looks', 'viewer'));
  await openEditor(page, n, '?stats=live');
  await expect(panel(page).getByRole('note')).toHaveText('1 entered = 1 inside + 0 completed + 0 failed + 0 left');
  await expect(element(page, 'w1').locator('.live')).toHaveText('1');
  await page.context().close();
});
