import type { Page } from '@playwright/test';
import { api, captureMany, chain, newToken, running, url, wait } from '../support/api';
import { element, expect, findings, openEditor, otherPerson, signIn, test } from '../support/console';

const nav = (page: Page) => page.getByRole('navigation', { name: 'Pages' });

/** A scenario with many in one wait, and a task that releases them all. */
async function bulk(title: string, count: number): Promise<{ n: number; task: string }> {
  const n = await running(title, { definition: chain(wait('w1'), wait('w2')) });
  await captureMany(n, count, title.replaceAll(' ', '-'));
  const { id } = await api<{ id: string }>('POST', `/scenarios/${n}/runs:bulk`, { select: { element: 'w1' }, action: 'release' });
  return { n, task: id };
}

test('OP-1 the progress of a task moves by itself, to its end and its result', async ({ signedIn: page }) => {
  await page.goto(`${url()}/activity`);
  await page.getByRole('heading', { name: 'Activity', level: 1 }).waitFor();
  const { n, task } = await bulk('Moving', 20_000);
  const line = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: `scenario #${n}` }) });
  await expect(line).toContainText('of 20,000');
  await expect(line).toContainText('Done');
  await expect(line).toContainText('20,000 of 20,000');
  expect(await findings(page)).toEqual([]);
  expect(await api('GET', `/tasks/${task}`)).toMatchObject({ state: 'done', done: 20_000 });
});

test('OP-2 a task that is cancelled stops and says how many were done', async ({ signedIn: page }) => {
  await page.goto(`${url()}/activity`);
  const { n, task } = await bulk('Cut off', 80_000);
  const line = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: `scenario #${n}` }) });
  await line.getByRole('button', { name: 'Cancel' }).click();
  await expect(line).toContainText('Cancelled');
  const { done, state } = await api<{ done: number; state: string }>('GET', `/tasks/${task}`);
  expect(state).toBe('cancelled');
  expect(done).toBeLessThan(80_000);
  await expect(line).toContainText(`${new Intl.NumberFormat('en').format(done)} of 80,000`);
  expect(await findings(page)).toEqual([]);
});

test('OP-3 a task is seen after a reload and in another tab', async ({ signedIn: page }) => {
  const { n } = await bulk('Seen twice', 500);
  await page.goto(`${url()}/activity`);
  const line = (of: Page) => of.getByRole('listitem').filter({ has: of.getByRole('link', { name: `scenario #${n}` }) });
  await expect(line(page)).toBeVisible();
  await page.reload();
  await expect(line(page)).toBeVisible();
  const other = await page.context().newPage();
  await other.goto(`${url()}/activity`);
  await expect(line(other)).toContainText('Done');
  await other.close();
});

test('CLUS-1 the cluster page shows silos, partitions with owner, what is inside, and the grains at each element', async ({ signedIn: page }) => {
  const n = await running('In the cluster', { definition: chain(wait('w1')) });
  await captureMany(n, 30, 'clus');
  // Who is commanded is active for a while.
  const one = (await api<{ items: { runId: string }[] }>('GET', `/scenarios/${n}/elements/w1/runs?limit=1`)).items[0];
  await api('POST', `/scenarios/${n}/runs/${one?.runId}:postpone`, { until: new Date(Date.now() + 86_400_000).toISOString() });
  await page.goto(`${url()}/cluster?scenario=${n}`);
  await expect(page.getByRole('region', { name: 'Silos' }).locator('tbody tr')).toHaveCount(1);
  await expect(page.getByRole('region', { name: 'Silos' })).toContainText('active');
  const at = page.getByRole('region', { name: 'At each element' }).getByRole('row', { name: /^Wait/ });
  await expect(at.getByRole('cell')).toHaveText(['Wait', '30', '1']);
  const partitions = page.getByRole('region', { name: /^Partitions/ });
  await expect(partitions.getByRole('row', { name: new RegExp(`^1/${n}/`) }).first()).toBeVisible();
  await expect(page.locator('.tile', { hasText: 'Commits a second' }).locator('.tile-n')).toHaveText(/^\d/);
  expect(await findings(page)).toEqual([]);
  await at.getByRole('link', { name: 'Wait' }).click();
  await expect(element(page, 'w1')).toBeVisible();
});

test('TOK-1 a new token shows its secret once, signs in with its role, and is refused when it is revoked', async ({ signedIn: page, browser }) => {
  await page.goto(`${url()}/settings/tokens`);
  await page.getByRole('button', { name: 'New token' }).click();
  const made = page.getByRole('dialog', { name: 'New token' });
  await made.getByRole('textbox', { name: 'Name' }).fill('shop server');
  expect(await findings(page)).toEqual([]);
  await made.getByRole('combobox', { name: 'Role' }).click();
  await page.getByRole('option', { name: 'Operator' }).click();
  await made.getByRole('button', { name: 'Make' }).click();
  const shown = page.getByRole('dialog', { name: 'The token “shop server”' });
  const secret = (await shown.locator('.secret').textContent())?.trim() ?? '';
  expect(secret).toMatch(/^sc_/);
  expect(await findings(page)).toEqual([]);
  await shown.getByRole('button', { name: 'Done' }).click();
  const row = page.getByRole('row', { name: 'shop server' });
  await expect(row).toContainText('Operator');
  await expect(page.getByText(secret)).toHaveCount(0);

  const other = await otherPerson(browser, secret);
  await other.goto(`${url()}/profiles`);
  await other.getByRole('heading', { name: 'Profiles' }).waitFor();
  await row.getByRole('button', { name: 'Revoke…' }).click();
  const confirm = page.getByRole('dialog', { name: 'Revoke “shop server”?' });
  expect(await findings(page)).toEqual([]);
  await confirm.getByRole('button', { name: 'Revoke' }).click();
  await expect(row).toHaveCount(0);
  await other.getByRole('link', { name: 'Scenarios', exact: true }).last().click();
  await expect(other.getByLabel('Token')).toBeVisible();
  await other.context().close();
});

test('SET-5 the account’s zone is changed, kept, and put back', async ({ signedIn: page }) => {
  await page.goto(`${url()}/settings`);
  await expect(page).toHaveURL(/settings\/account/);
  const zone = page.getByRole('combobox', { name: 'Time zone of the account' });
  await zone.fill('Europe/Oslo');
  await page.getByRole('option', { name: 'Europe/Oslo' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The account is saved.')).toBeVisible();
  expect(await api('GET', '/account')).toMatchObject({ timeZone: 'Europe/Oslo' });
  expect(await findings(page)).toEqual([]);
  await api('PATCH', '/account', { timeZone: 'UTC' });
});

test('AUD-1 the audit tells who did what to which scenario', async ({ signedIn: page }) => {
  const n = await running('Audited', { definition: chain(wait('w1')), about: { groups: ['night shift'] } });
  await page.goto(`${url()}/settings/audit`);
  const rows = page
    .getByRole('table', { name: 'Audit' })
    .getByRole('row')
    .filter({ has: page.getByRole('link', { name: `scenario #${n}`, exact: true }) });
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText('activate');
  expect(await findings(page)).toEqual([]);
  await page.getByRole('tab', { name: 'Groups' }).click();
  await expect(page.getByRole('region', { name: 'Groups in use' })).toContainText('night shift');
  expect(await findings(page)).toEqual([]);
  await page.getByRole('listitem').filter({ hasText: 'night shift' }).getByRole('link').click();
  await expect(page.getByRole('row', { name: 'Audited', exact: true })).toBeVisible();
});

test('ROLE-1 pages and buttons are by role', async ({ browser }) => {
  const n = await running('By role', { definition: chain(wait('w1')) });
  const page = await otherPerson(browser, await newToken('only looks', 'viewer'));
  await page.goto(`${url()}/settings/account`);
  await expect(nav(page).getByRole('link')).toHaveText(['Scenarios', 'Profiles', 'Activity', 'Settings']);
  await expect(page.getByRole('tab')).toHaveText(['Account', 'Groups']);
  await expect(page.getByRole('button', { name: 'Save' })).toHaveCount(0);
  expect(await findings(page)).toEqual([]);
  await page.goto(`${url()}/settings/tokens`);
  await expect(page.getByText('Your token has the role viewer: only an admin sees this.')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await page.goto(`${url()}/cluster`);
  await expect(page.getByText('Only a token of an operator of the cluster sees it.')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await page.goto(`${url()}/profiles/import?db=default`);
  await expect(page.getByText('Your token has the role viewer: an editor can import.')).toBeVisible();
  await openEditor(page, n);
  await page.context().close();
});

for (const [path, name, shown] of [
  ['/profiles', 'Profiles', 'Changed'],
  ['/activity', 'Activity', /scenario #|Nothing runs/],
  ['/cluster', 'Cluster', 'Next due'],
  ['/settings/tokens', 'Settings', 'Expires'],
] as const)
  test(`PHONE-${name} is read on a phone without scrolling sideways`, async ({ browser }) => {
    const n = await running(`On a phone: ${name}`, { definition: chain(wait('w1')) });
    await captureMany(n, 1, 'phone');
    const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    await signIn(context);
    const page = await context.newPage();
    await page.goto(`${url()}${path}`);
    await page.getByRole('heading', { name, level: 1 }).waitFor();
    await expect(page.locator('#page')).toContainText(shown);
    await expect(page.locator('#page')).toHaveJSProperty('scrollWidth', 390);
    expect(await findings(page)).toEqual([]);
    await context.close();
  });
