/** The pictures of docs/console.md that show numbers, profiles and the cluster: made from a shop with some thousand customers. */
import { api, type Definition, url } from '../support/api';
import { expect, openEditor, test } from '../support/console';
import { picture } from '../support/picture';

const names = ['Ann', 'Bo', 'Cyra', 'Dag', 'Eve', 'Finn', 'Gro', 'Hedda'];
const families = ['Berg', 'Lie', 'Moe', 'Nygård', 'Østby', 'Solheim', 'Vik'];

const definition: Definition = {
  elements: [
    { id: 'start', type: 'apiCall', name: 'Order placed' },
    {
      id: 'c1',
      type: 'condition',
      name: 'Good customer?',
      settings: {
        branches: [
          { output: 'gold', rules: { field: 'tier', op: 'equal', value: 'gold' } },
          { output: 'often', rules: { field: 'orders', op: 'greater', value: 4 } },
        ],
      },
    },
    { id: 'w1', type: 'wait', name: 'A day', settings: { duration: { days: 1 } } },
    { id: 'w2', type: 'wait', name: 'Three days', settings: { duration: { days: 3 } } },
    { id: 'h1', type: 'webhook', name: 'Tell the shop', settings: { method: 'POST', url: 'https://shop.invalid/thanks', retries: 0 } },
    { id: 'u1', type: 'updateProfile', name: 'Note the visit', settings: { set: { thanked: true } } },
    { id: 'e1', type: 'end', name: 'Thanked', settings: { goal: 'thanked' } },
    { id: 'e2', type: 'end', name: 'Done' },
  ],
  links: [
    { from: 'start', output: 'next', to: 'c1' },
    { from: 'c1', output: 'gold', to: 'w1' },
    { from: 'c1', output: 'often', to: 'w2' },
    { from: 'c1', output: 'else', to: 'u1' },
    { from: 'w1', output: 'next', to: 'h1' },
    { from: 'w2', output: 'next', to: 'h1' },
    { from: 'h1', output: 'success', to: 'e1' },
    { from: 'u1', output: 'next', to: 'e2' },
  ],
  layout: {
    start: { x: 272, y: 0 },
    c1: { x: 272, y: 136 },
    w1: { x: 0, y: 296 },
    w2: { x: 272, y: 296 },
    u1: { x: 544, y: 296 },
    h1: { x: 136, y: 440 },
    e1: { x: 0, y: 600 },
    e2: { x: 544, y: 440 },
  },
};

interface Runs {
  items: { runId: string; profileId: string }[];
}

async function shop(): Promise<number> {
  const fields = [
    ['firstName', 'text'],
    ['lastName', 'text'],
    ['tier', 'text'],
    ['orders', 'number'],
    ['thanked', 'boolean'],
  ].map(([name, type]) => ({ name, type }));
  await api('POST', '/databases', { name: 'shop', fields });
  const { number } = await api<{ number: number }>('POST', '/scenarios', { title: 'Thank you', database: 'shop', definition });
  await api('POST', `/scenarios/${number}:activate`, {});
  for (let k = 0; k < 4; k++)
    await api('POST', `/scenarios/${number}/captures:batch`, {
      items: Array.from({ length: 1000 }, (_, j) => {
        const i = k * 1000 + j;
        const profile = {
          email: `customer${i}@example.com`,
          fields: {
            firstName: names[i % names.length],
            lastName: families[(i * 3) % families.length],
            tier: i % 3 === 0 ? 'gold' : 'silver',
            orders: i % 8,
          },
        };
        return { profileId: `c-${1000 + i}`, profile, ...(i % 2 ? { content: { order: { id: 52_000 + i, total: 19.9 } } } : {}) };
      }),
    });
  const { items } = await api<Runs>('GET', `/scenarios/${number}/elements/w1/runs?limit=40`);
  await api('POST', `/scenarios/${number}/runs:bulk`, { select: { runIds: items.slice(0, 25).map((r) => r.runId) }, action: 'release' });
  await expect
    .poll(async () => (await api<{ totals: { failed: number } }>('GET', `/scenarios/${number}/statistics`)).totals.failed, { timeout: 60_000 })
    .toBe(25);
  return number;
}

test('the pictures of numbers, profiles and the cluster', async ({ signedIn: page }) => {
  test.setTimeout(240_000);
  const n = await shop();

  await openEditor(page, n, '?stats=period');
  await page.locator('.chart-picture svg').first().waitFor();
  await picture(page, 'statistics-period');
  await openEditor(page, n, '?stats=live');
  await page.getByRole('note').waitFor();
  await picture(page, 'statistics-live', 'dark');

  await openEditor(page, n, '?at=w1');
  const rows = page.getByRole('dialog').locator('tbody tr');
  await expect(rows).toHaveCount(50);
  for (const i of [1, 2, 4]) await rows.nth(i).getByRole('checkbox').check();
  await picture(page, 'standing');

  await page.goto(`${url()}/scenarios/${n}/runs?state=failed`);
  await page.locator('tbody tr a').first().click();
  await page.locator('.steps').first().waitFor();
  await page.getByRole('button', { name: 'Why?' }).first().click();
  await picture(page, 'run');

  await page.goto(`${url()}/profiles?db=shop`);
  await expect(page.locator('tbody tr')).toHaveCount(50);
  await picture(page, 'profiles');
  await page.goto(`${url()}/profile?db=shop&id=c-1001`);
  await page.getByRole('region', { name: 'Timeline' }).getByRole('listitem').first().waitFor();
  await picture(page, 'profile');

  await page.goto(`${url()}/profiles/import?db=shop`);
  await page.locator('input[type=file]').setInputFiles({
    name: 'customers.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(
      'id,email,firstName,lastName,tier,orders\nc-9001,siri@example.com,Siri,Dahl,gold,3\nc-9002,nobody,Tor,Eide,silver,1\nc-9003,una@example.com,Una,Foss,gold,many\n',
    ),
  });
  await page.getByRole('button', { name: 'Import customers.csv' }).click();
  await page.getByRole('table', { name: 'Errors by line' }).waitFor();
  await picture(page, 'import');

  await page.goto(`${url()}/activity`);
  await page.getByText('25 of 25').waitFor();
  await picture(page, 'activity');

  await page.goto(`${url()}/cluster?scenario=${n}`);
  await expect(page.locator('.tile', { hasText: 'Commits a second' }).locator('.tile-n')).toHaveText(/^\d/);
  await picture(page, 'cluster', 'dark');

  for (const [name, role] of [
    ['Shop server', 'ingest'],
    ['Night shift', 'operator'],
    ['Marketing', 'editor'],
  ])
    await api('POST', '/tokens', { name, role });
  await page.goto(`${url()}/settings/tokens`);
  await page.getByRole('row', { name: 'Marketing' }).waitFor();
  await picture(page, 'tokens');
  await page.goto(`${url()}/settings/audit`);
  await page.getByRole('table', { name: 'Audit' }).waitFor();
  await picture(page, 'audit');
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 } });
  test('the picture of a run and of the activity', async ({ signedIn: page }) => {
    const [first] = (await api<{ items: { number: number }[] }>('GET', '/scenarios?q=Thank')).items;
    await page.goto(`${url()}/scenarios/${first?.number}/runs?state=failed`);
    await page.locator('tbody tr a').first().click();
    await page.locator('.steps').first().waitFor();
    await picture(page, 'run-phone');
  });
});
