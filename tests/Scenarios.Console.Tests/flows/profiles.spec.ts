import { writeFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { api, chain, newToken, running, url, wait } from '../support/api';
import { expect, findings, otherPerson, test } from '../support/console';

const database = (name: string, fields: { name: string; type: string }[] = []) => api('POST', '/databases', { name, fields });
const put = (db: string, id: string, profile: Record<string, unknown>) => api('PUT', `/databases/${db}/profiles/${encodeURIComponent(id)}`, profile);
const profileOf = (db: string, id: string) =>
  api<{ email: string | null; fields: Record<string, unknown>; subscriptions: unknown[] }>(
    'GET',
    `/databases/${db}/profiles/${encodeURIComponent(id)}`,
  );

const openProfiles = async (page: Page, search: string) => {
  await page.goto(`${url()}/profiles${search}`);
  await page.getByRole('heading', { name: 'Profiles', level: 1 }).waitFor();
};

const csv = (name: string, text: string) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });

test('PROF-1 a database is made with its fields, changed, and deleted', async ({ signedIn: page }) => {
  await openProfiles(page, '');
  await page.getByRole('button', { name: 'New database' }).click();
  const made = page.getByRole('dialog', { name: 'New database' });
  await made.getByRole('textbox', { name: 'Name', exact: true }).fill('prof1');
  await made.getByRole('button', { name: 'Add a field' }).click();
  await made.getByRole('textbox', { name: 'Name of field 1' }).fill('9tier');
  await made.getByRole('button', { name: 'Create' }).click();
  await expect(made.getByText(/are allowed, beginning with a letter/)).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await made.getByRole('textbox', { name: 'Name of field 1' }).fill('tier');
  await made.getByRole('button', { name: 'Add a field' }).click();
  await made.getByRole('textbox', { name: 'Name of field 2' }).fill('orders');
  await made.getByRole('combobox', { name: 'Type of field 2' }).click();
  await page.getByRole('option', { name: 'Number' }).click();
  await made.getByRole('button', { name: 'Create' }).click();
  await expect(made).toBeHidden();
  await expect(page).toHaveURL(/db=prof1/);
  await expect(page.getByText('No profile yet.')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  expect(await api('GET', '/databases/prof1')).toMatchObject({
    fields: [
      { name: 'tier', type: 'text' },
      { name: 'orders', type: 'number' },
    ],
  });

  await page.getByRole('button', { name: '2 fields' }).click();
  const changed = page.getByRole('dialog', { name: 'Database “prof1”' });
  await changed.getByRole('button', { name: 'Remove field tier' }).click();
  await changed.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('button', { name: '1 field', exact: true })).toBeVisible();

  await page.getByRole('button', { name: '1 field', exact: true }).click();
  await changed.getByRole('button', { name: 'Delete…' }).click();
  const confirm = page.getByRole('dialog', { name: 'Delete “prof1”?' });
  expect(await findings(page)).toEqual([]);
  await confirm.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByText('“prof1” and its profiles are deleted.')).toBeVisible();
  await expect(api('GET', '/databases/prof1')).rejects.toThrow('404');
});

test('PROF-2 a field that a profile uses keeps its type, and the window says why', async ({ signedIn: page }) => {
  await database('prof2', [{ name: 'tier', type: 'text' }]);
  await put('prof2', 'p', { fields: { tier: 'gold' } });
  await openProfiles(page, '?db=prof2');
  await page.getByRole('button', { name: '1 field', exact: true }).click();
  const window = page.getByRole('dialog', { name: 'Database “prof2”' });
  await window.getByRole('combobox', { name: 'Type of field 1' }).click();
  await page.getByRole('option', { name: 'Number' }).click();
  await window.getByRole('button', { name: 'Save' }).click();
  await expect(window.getByText(/Field 'tier' is in use/)).toBeVisible();
  expect(await findings(page)).toEqual([]);
});

test('PROF-3 somebody is found by the beginning of an id, by email, by phone and by a field', async ({ signedIn: page }) => {
  await database('prof3', [
    { name: 'name', type: 'text' },
    { name: 'tier', type: 'text' },
  ]);
  await put('prof3', 'ann-1', { email: 'Ann@shop.example', phone: '+4791234567', fields: { name: 'Ann Berg', tier: 'gold' } });
  await put('prof3', 'bo-2', {
    email: 'bo@shop.example',
    fields: { name: 'Bo Lie with a name that is far too long for any table in which anybody would want to read it', tier: 'silver' },
  });
  await openProfiles(page, '?db=prof3');
  const rows = page.locator('tbody tr');
  await expect(rows).toHaveCount(2);
  expect(await findings(page)).toEqual([]);
  const find = page.getByRole('textbox', { name: 'Find a profile' });
  for (const q of ['ann', 'ann@shop.example', '+4791234567', 'tier:gold']) {
    await find.fill(q);
    await expect(rows).toHaveCount(1);
    await expect(rows.first()).toContainText('Ann Berg');
    await find.fill('');
    await expect(rows).toHaveCount(2);
  }
  await find.fill('zoe');
  await expect(page.getByText('No profile matches “zoe”.')).toBeVisible();
  await expect(page).toHaveURL(/q=zoe/);
  expect(await findings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await rows.first().focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Ann Berg', level: 1 })).toBeVisible();
});

test('PROF-4 a profile is made by hand and changed; what is wrong stands at its field; what was cleared is gone', async ({ signedIn: page }) => {
  await database('prof4', [
    { name: 'tier', type: 'text' },
    { name: 'orders', type: 'number' },
    { name: 'vip', type: 'boolean' },
  ]);
  await openProfiles(page, '?db=prof4');
  await page.getByRole('button', { name: 'Create a profile' }).first().click();
  const made = page.getByRole('dialog', { name: 'New profile in “prof4”' });
  await made.getByRole('textbox', { name: 'Id' }).fill('a/b?c@example.com');
  await made.getByRole('textbox', { name: 'Email' }).fill('nobody@nowhere');
  await made.getByRole('button', { name: 'Set tier' }).click();
  await made.getByRole('textbox', { name: 'tier' }).fill('gold');
  await made.getByRole('button', { name: 'Set vip' }).click();
  await made.getByRole('textbox', { name: 'Email' }).fill('nobody');
  await made.locator('form').evaluate((f: HTMLFormElement) => {
    f.noValidate = true;
  });
  await made.getByRole('button', { name: 'Create' }).click();
  await expect(made.getByText('Must be an address like name@example.com.')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await made.getByRole('textbox', { name: 'Email' }).fill('ab@example.com');
  await made.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('heading', { name: 'a/b?c@example.com', level: 1 })).toBeVisible();
  expect(await profileOf('prof4', 'a/b?c@example.com')).toMatchObject({ email: 'ab@example.com', fields: { tier: 'gold', vip: true } });
  await page.reload();
  await expect(page.getByRole('region', { name: 'Fields' })).toContainText('gold');
  expect(await findings(page)).toEqual([]);

  await page.getByRole('button', { name: 'Change' }).click();
  const changed = page.getByRole('dialog', { name: 'Change the profile' });
  await changed.getByRole('button', { name: 'Set orders' }).click();
  await changed.getByRole('textbox', { name: 'orders' }).fill('7');
  await changed.getByRole('button', { name: 'Clear' }).first().click();
  await changed.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('region', { name: 'Fields' })).toContainText('7');
  expect((await profileOf('prof4', 'a/b?c@example.com')).fields).toEqual({ orders: 7, vip: true });
});

test('PROF-5 the timeline tells what every scenario did, and leads to the way it went; deleted, all of it is gone', async ({ signedIn: page }) => {
  await database('prof5');
  const n = await running('First of all', { database: 'prof5', definition: chain(wait('w1')) });
  await api('POST', `/scenarios/${n}/captures`, {
    profileId: 'p5',
    profile: { subscriptions: [{ channel: 'email', resource: 'news', address: 'p5@example.com', status: 'subscribed' }] },
  });
  await api('POST', `/scenarios/${n}/captures`, { profileId: 'p5' });
  await page.goto(`${url()}/profile?db=prof5&id=p5`);
  const timeline = page.getByRole('region', { name: 'Timeline' });
  await expect(timeline.getByRole('listitem')).toHaveCount(2);
  await expect(timeline.getByText('First of all (declined, inside)')).toBeVisible();
  await expect(timeline.getByRole('listitem').first()).toContainText('declined: is inside already');
  await expect(timeline.getByRole('listitem').nth(1)).toContainText('Waiting');
  await expect(page.getByRole('region', { name: 'Subscriptions' })).toContainText('email · news · p5@example.com');
  expect(await findings(page)).toEqual([]);
  await timeline.getByRole('link', { name: 'Its way' }).click();
  await expect(page.getByRole('region', { name: 'Trail' })).toBeVisible();
  await page.getByRole('button', { name: 'Back' }).click();
  await page.getByRole('button', { name: 'Delete…' }).click();
  await page.getByRole('dialog', { name: 'Delete p5?' }).getByRole('button', { name: 'Delete' }).click();
  await expect(page).toHaveURL(/profiles\?db=prof5/);
  await expect(page.getByText('No profile yet.')).toBeVisible();
  await page.goto(`${url()}/profile?db=prof5&id=p5`);
  await expect(page.getByText('Not found')).toBeVisible();
  expect(await findings(page)).toEqual([]);
});

test('PROF-6 a viewer sees databases and their fields, and no profile', async ({ browser }) => {
  await database('prof6', [{ name: 'tier', type: 'text' }]);
  const page = await otherPerson(browser, await newToken('sees little', 'viewer'));
  await openProfiles(page, '?db=prof6');
  await expect(page.getByText('Your token has the role viewer')).toBeVisible();
  await expect(page.getByRole('button', { name: /Create|Import|New database/ })).toHaveCount(0);
  await page.getByRole('button', { name: '1 field', exact: true }).click();
  await expect(page.getByRole('dialog').getByRole('button', { name: /Save|Delete|Add|Remove/ })).toHaveCount(0);
  expect(await findings(page)).toEqual([]);
  await page.context().close();
});

test('IMP-1 a CSV is looked at, sent, and its bad lines are told with line, place and reason', async ({ signedIn: page }) => {
  await database('imp1', [
    { name: 'tier', type: 'text' },
    { name: 'orders', type: 'number' },
  ]);
  await put('imp1', 'i-1', { fields: { tier: 'silver' } });
  await page.goto(`${url()}/profiles/import?db=imp1`);
  await page.getByRole('button', { name: 'Choose a file' }).waitFor();
  expect(await findings(page)).toEqual([]);
  await page
    .locator('input[type=file]')
    .setInputFiles(
      csv('shop.csv', 'id,email,tier,orders\ni-1,one@example.com,gold,3\ni-2,nope,gold,4\ni-3,three@example.com,"a ""quoted"" one",many\ni-4,,,\n'),
    );
  await expect(page.getByRole('table', { name: 'The first records' }).getByRole('row')).toHaveCount(5);
  expect(await findings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Import shop.csv' }).click();
  const result = page.getByRole('region', { name: 'Result' });
  await expect(result.getByRole('definition')).toHaveText(['1', '1', '2']);
  const errors = page.getByRole('table', { name: 'Errors by line' }).locator('tbody tr');
  await expect(errors).toHaveText([/^3email/, /^4orders/]);
  expect(await findings(page)).toEqual([]);
  expect(await profileOf('imp1', 'i-1')).toMatchObject({ email: 'one@example.com', fields: { tier: 'gold', orders: 3 } });
});

test('IMP-2 NDJSON goes the same way; a file of another kind, an empty one and unknown columns are told before', async ({ signedIn: page }) => {
  await database('imp2', [{ name: 'tier', type: 'text' }]);
  await page.goto(`${url()}/profiles/import?db=imp2`);
  const file = page.locator('input[type=file]');
  await file.setInputFiles({ name: 'shop.xlsx', mimeType: 'application/zip', buffer: Buffer.from('PK') });
  await expect(page.getByText('“shop.xlsx” is neither CSV')).toBeVisible();
  await file.setInputFiles(csv('nothing.csv', ''));
  await expect(page.getByText('“nothing.csv” is empty.')).toBeVisible();
  await file.setInputFiles(csv('odd.csv', 'number,colour\n1,red\n'));
  await expect(page.getByText('There is no column “id”')).toBeVisible();
  await expect(page.getByText(/The database has no fields “number”, “colour”/)).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Import odd.csv' }).click();
  await expect(page.getByText('The file was refused')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await file.setInputFiles({
    name: 'shop.ndjson',
    mimeType: 'application/x-ndjson',
    buffer: Buffer.from('{"id":"n-1","fields":{"tier":"gold"}}\n{"id":"n-2",}\n{"id":"n-3"}\n'),
  });
  await page.getByRole('button', { name: 'Import shop.ndjson' }).click();
  await expect(page.getByRole('region', { name: 'Result' }).getByRole('definition')).toHaveText(['2', '0', '1']);
  await expect(page.getByRole('table', { name: 'Errors by line' }).locator('tbody tr')).toHaveText([/^2/]);
  await page.getByRole('link', { name: 'To the profiles' }).click();
  await expect(page.locator('tbody tr')).toHaveCount(2);
});

test('IMP-3 a large file shows how far it is, and can be cut off', async ({ signedIn: page }, info) => {
  await database('imp3', [{ name: 'text', type: 'text' }]);
  const filler = 'x'.repeat(200);
  const lines = Array.from({ length: 200_000 }, (_, i) => `big-${i},${filler}`).join('\n');
  // By its path: the driver would take longer to hand forty megabytes to the page than the page to send them.
  const big = info.outputPath('big.csv');
  writeFileSync(big, `id,text\n${lines}\n`);
  await page.goto(`${url()}/profiles/import?db=imp3`);
  await page.locator('input[type=file]').setInputFiles(big);
  await page.getByRole('button', { name: 'Import big.csv' }).click();
  const progress = page.getByRole('progressbar', { name: 'Sent' });
  await expect.poll(async () => Number(await progress.getAttribute('aria-valuenow'))).toBeGreaterThan(0);
  expect(await findings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByText('Cancelled. What had been read until then is kept')).toBeVisible();
  expect(await findings(page)).toEqual([]);
});
