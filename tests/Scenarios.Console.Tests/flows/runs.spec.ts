import type { Page } from '@playwright/test';
import { api, capture, chain, create, type Definition, running, url, wait } from '../support/api';
import { element, expect, findings, test } from '../support/console';
import { onThisMachine } from '../support/machine';

interface Trail {
  runId: string;
  state: string;
  endedAt: string | null;
  trail: { step: number; element: string; output: string | null }[];
}

const runOf = async (n: number, profile: string) =>
  (await api<{ items: { runId: string }[] }>('GET', `/scenarios/${n}/runs?profileId=${profile}`)).items[0]?.runId ?? '';
const trailOf = (n: number, run: string) => api<Trail>('GET', `/scenarios/${n}/runs/${run}`);
const steps = (page: Page) =>
  page
    .getByRole('region', { name: 'Trail' })
    .getByRole('listitem')
    .filter({ has: page.locator('.step-number') });

/** start > condition > wait, or at once to the end. */
const branching: Definition = {
  elements: [
    { id: 'start', type: 'apiCall', name: 'Default' },
    {
      id: 'c1',
      type: 'condition',
      name: 'Good customer?',
      settings: { branches: [{ output: 'yes', rules: { content: 'orders', op: 'greater', value: 3 } }] },
    },
    { id: 'w1', type: 'wait', name: 'A day', settings: { duration: { days: 1 } } },
    { id: 'e1', type: 'end', name: 'Done', settings: { goal: 'thanked' } },
  ],
  links: [
    { from: 'start', output: 'next', to: 'c1' },
    { from: 'c1', output: 'yes', to: 'w1' },
    { from: 'c1', output: 'else', to: 'e1' },
    { from: 'w1', output: 'next', to: 'e1' },
  ],
};

const enter = (n: number, profileId: string, orders: number) =>
  api('POST', `/scenarios/${n}/captures`, { profileId, profile: {}, content: { orders } });

test('RUN-1 the steps and their reasons are the engine’s own, in its order', async ({ signedIn: page }) => {
  const n = await running('Reasons', { definition: branching });
  await enter(n, 'run1', 5);
  const run = await runOf(n, 'run1');
  await page.goto(`${url()}/scenarios/${n}/runs/${run}`);
  await expect(steps(page).locator('.step-name')).toHaveText(['Default', 'Good customer?', 'A day']);
  const { trail } = await trailOf(n, run);
  await expect(steps(page).locator('.step-number')).toHaveText(trail.map((s) => String(s.step)));
  await expect(steps(page).nth(1)).toContainText('→ yes');
  await expect(steps(page).nth(1).locator('.step-why')).toHaveText('content orders > 3 · was 5');
  await steps(page).nth(1).getByRole('button', { name: 'Why?' }).click();
  await expect(steps(page).nth(1).locator('.step-seen')).toContainText('holds');
  await expect(steps(page).nth(2)).toContainText('leaves');
  expect(await findings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Release now…' }).click();
  await page.getByRole('dialog', { name: 'Release run1 now?' }).getByRole('button', { name: 'Release now' }).click();
  await expect(steps(page).locator('.step-name')).toHaveText(['Default', 'Good customer?', 'A day', 'Done']);
  await expect(steps(page).nth(2)).toContainText('released by hand');
  await expect(steps(page).nth(3)).toContainText('completed, goal thanked');
  await expect(page.locator('.run-head')).toContainText('Completed: thanked');
});

test('RUN-2 the end that is shown is the run’s, whenever one looks', async ({ signedIn: page }) => {
  const n = await running('Ended', { definition: branching });
  await enter(n, 'run2', 1);
  const run = await runOf(n, 'run2');
  const { endedAt } = await trailOf(n, run);
  await page.goto(`${url()}/scenarios/${n}/runs/${run}`);
  await expect(page.locator('.run-facts time').nth(1)).toHaveAttribute('datetime', endedAt ?? '');
  await page.reload();
  await expect(page.locator('.run-facts time').nth(1)).toHaveAttribute('datetime', endedAt ?? '');
});

test('RUN-3 the path on the graph is the trail: over which links, in which steps', async ({ signedIn: page }) => {
  const n = await running('Painted', { definition: branching });
  await enter(n, 'run3', 1);
  const run = await runOf(n, 'run3');
  await page.goto(`${url()}/scenarios/${n}/runs/${run}`);
  await expect(page.locator('.steps')).toHaveText(['1', '2']);
  await expect(page.locator('.link[data-trod="true"]')).toHaveCount(2);
  await expect(page.locator('.link[data-trod="false"]')).toHaveCount(2);
  const trod = async () =>
    Object.fromEntries(
      await page.locator('[data-el]').evaluateAll((all) => all.map((e) => [e.getAttribute('data-el'), e.getAttribute('data-trod')])),
    );
  expect(await trod()).toEqual({ start: 'yes', c1: 'yes', w1: 'no', e1: 'last' });
  await steps(page).nth(1).getByRole('button', { name: 'Good customer?' }).click();
  await expect(element(page, 'c1')).toBeFocused();
  expect(await findings(page)).toEqual([]);
});

test('RUN-4 a run of twenty thousand steps opens in a second, its end first', async ({ signedIn: page }) => {
  test.setTimeout(180_000);
  // A loop of 190 conditions and a wait, which is released by hand again and again.
  const conditions = Array.from({ length: 190 }, (_, i) => ({
    id: `c${i}`,
    type: 'condition',
    settings: { branches: [{ output: 'never', rules: { content: 'none', op: 'exists' } }] },
  }));
  const loop: Definition = {
    elements: [{ id: 'start', type: 'apiCall' }, ...conditions, wait('w1')],
    links: [
      { from: 'start', output: 'next', to: 'c0' },
      ...conditions.map((c, i) => ({ from: c.id, output: 'else', to: conditions[i + 1]?.id ?? 'w1' })),
      { from: 'w1', output: 'next', to: 'c0' },
    ],
  };
  const n = await running('Round and round', { definition: loop });
  await capture(n, 'run4');
  const run = await runOf(n, 'run4');
  for (let i = 0; i < 105; i++) await api('POST', `/scenarios/${n}/runs/${run}:release`, {});
  const { trail } = await trailOf(n, run);
  expect(trail.length).toBeGreaterThan(20_000);
  await page.goto(`${url()}/scenarios/${n}/runs`);
  const link = page.getByRole('link', { name: 'run4' });
  await link.waitFor();
  await expect(async () => {
    await page.goto(`${url()}/scenarios/${n}/runs`);
    await link.waitFor();
    const began = Date.now();
    await link.click();
    await steps(page).last().waitFor();
    expect(Date.now() - began).toBeLessThan(onThisMachine(1000));
  }).toPass();
  await expect(steps(page).last().locator('.step-number')).toHaveText(String(trail.length));
  await expect(steps(page)).toHaveCount(101);
  await page.getByRole('button', { name: /^Show 100 earlier/ }).click();
  await expect(steps(page)).toHaveCount(201);
  expect(await findings(page)).toEqual([]);
});

test('RUN-5 the runs of a scenario by state and by profile; the filter is part of the address', async ({ signedIn: page }) => {
  const n = await running('Listed', { definition: branching });
  await enter(n, 'run5-in', 9);
  await enter(n, 'run5-out', 1);
  await page.goto(`${url()}/scenarios/${n}/runs`);
  await expect(page.locator('tbody tr')).toHaveCount(2);
  expect(await findings(page)).toEqual([]);
  await page.getByRole('combobox', { name: 'State' }).click();
  await page.getByRole('option', { name: 'Completed' }).click();
  await expect(page.locator('tbody tr')).toHaveCount(1);
  await expect(page).toHaveURL(/state=completed/);
  await page.reload();
  await expect(page.getByRole('row', { name: /run5-out/ })).toContainText('Completed: thanked');
  await page.getByRole('textbox', { name: 'Of one profile, by its id' }).fill('run5-in');
  await expect(page.getByText('No run matches.')).toBeVisible();
  expect(await findings(page)).toEqual([]);
});

test('RUN-6 a run without a trail of its own, and one that never was', async ({ signedIn: page }) => {
  const n = await create('Nobody', { definition: chain(wait('w1')) });
  await page.goto(`${url()}/scenarios/${n}/runs`);
  await expect(page.getByText('No profile has entered yet.')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await page.goto(`${url()}/scenarios/${n}/runs/01970000-0000-7000-8000-000000000000`);
  await expect(page.getByText('Not found')).toBeVisible();
  expect(await findings(page)).toEqual([]);
});
