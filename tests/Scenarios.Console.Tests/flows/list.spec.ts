import type { Page } from '@playwright/test';
import { api, capture, captureMany, create, live, running, scenarioOf, url } from '../support/api';
import { expect, findings, openList, test } from '../support/console';

const row = (page: Page, title: string) => page.getByRole('row', { name: title, exact: true });
const search = (page: Page) => page.getByRole('textbox', { name: /^Search by title/ });

test('LIST-1 a row shows what was seeded, and its number changes within two seconds of an entry', async ({ signedIn: page }) => {
  const n = await running('Seeded', { about: { tags: ['vip', 'onboard'], groups: [] } });
  await captureMany(n, 3, 'list1');
  await openList(page);
  await expect(row(page, 'Seeded').locator('td')).toHaveText([String(n), /Seeded.*vip.*onboard/, 'Active', '3', '3', /\d\d:\d\d/, '']);
  await captureMany(n, 2, 'list1b');
  await expect(row(page, 'Seeded').locator('td').nth(3)).toHaveText('5', { timeout: 4000 });
  expect(await findings(page)).toEqual([]);
});

test('LIST-2 the menu of a row has the same items by mouse, by right click and by key', async ({ signedIn: page }) => {
  await create('With a menu');
  await openList(page);
  const items = page.getByRole('menuitem');
  const wanted = ['Open', 'Activate…', 'Clone', 'Delete…'];
  await page.getByRole('button', { name: 'Menu of With a menu' }).click();
  await expect(items).toHaveText(wanted);
  expect(await findings(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Menu of With a menu' })).toBeFocused();
  await row(page, 'With a menu').click({ button: 'right' });
  await expect(items).toHaveText(wanted);
  await page.keyboard.press('Escape');
  await expect(items).toHaveCount(0);
  await expect(row(page, 'With a menu')).toBeFocused();
  await page.keyboard.press('Shift+F10');
  await expect(items).toHaveText(wanted);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog', { name: 'Activate “With a menu”' })).toBeVisible();
});

test('LIST-3 stop asks with the number inside, and the status changes without a reload', async ({ signedIn: page }) => {
  const n = await running('To be stopped');
  await captureMany(n, 4, 'stop');
  await openList(page);
  await row(page, 'To be stopped').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Stop…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Stop “To be stopped”' });
  await expect(dialog.getByText('4 profiles inside now')).toBeVisible();
  await expect(dialog.getByRole('radio')).toHaveCount(3);
  expect(await findings(page)).toEqual([]);
  await dialog.getByRole('radio', { name: 'Freeze' }).check();
  await dialog.getByRole('button', { name: 'Stop' }).click();
  await expect(row(page, 'To be stopped').locator('td').nth(2)).toHaveText('Stopped, frozen');
  expect((await scenarioOf(n)).status).toBe('inactive');
  expect((await live(n)).inside).toBe(4);

  await row(page, 'To be stopped').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Activate…' }).click();
  const activate = page.getByRole('dialog', { name: 'Activate “To be stopped”' });
  await expect(activate.getByText('4 frozen profiles go on')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await activate.getByRole('button', { name: 'Activate' }).click();
  await expect(row(page, 'To be stopped').locator('td').nth(2)).toHaveText('Active');

  await row(page, 'To be stopped').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Stop…' }).click();
  await dialog.getByRole('radio', { name: 'Finish' }).check();
  await dialog.getByRole('button', { name: 'Stop' }).click();
  await expect(row(page, 'To be stopped').locator('td').nth(2)).toHaveText('Finishing');
  // Somebody else, by the API.
  await api('POST', `/scenarios/${n}:deactivate`, { mode: 'end' });
  await expect(row(page, 'To be stopped').locator('td').nth(2)).toHaveText('Stopped');
  await expect(row(page, 'To be stopped').locator('td').nth(3)).toHaveText('0');
});

test('LIST-4 a clone appears stopped, as a copy, with nobody inside', async ({ signedIn: page }) => {
  const n = await running('Original');
  await capture(n, 'original');
  await openList(page);
  await row(page, 'Original').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Clone' }).click();
  await expect(row(page, 'Original (copy)').locator('td').nth(2)).toHaveText('Stopped');
  await expect(row(page, 'Original (copy)').locator('td').nth(3)).toHaveText('0');
});

test('LIST-5 delete asks, is refused for an active one, and can be undone; the trash gives back what was forgotten', async ({ signedIn: page }) => {
  await create('To be deleted');
  await running('Cannot be deleted');
  await openList(page);
  await row(page, 'Cannot be deleted').click({ button: 'right' });
  await expect(page.getByRole('menuitem', { name: 'Delete…' })).toBeDisabled();
  await expect(page.getByRole('menuitem', { name: 'Delete…' })).toContainText('Stop the scenario first');
  await page.keyboard.press('Escape');
  const remove = async () => {
    await row(page, 'To be deleted').click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete “To be deleted”?' });
    await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
    expect(await findings(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await expect(row(page, 'To be deleted')).toHaveCount(0);
  };
  await remove();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(row(page, 'To be deleted')).toBeVisible();
  await remove();
  await page.getByText('Trash', { exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Trash' })).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await page
    .getByRole('row', { name: /To be deleted/ })
    .getByRole('button', { name: 'Put back' })
    .click();
  await page.getByText('All', { exact: true }).click();
  await expect(row(page, 'To be deleted')).toBeVisible();
});

test('LIST-6 number, tag and group find it, the address carries the filter, and back brings it again', async ({ signedIn: page }) => {
  const n = await create('Found by all means', { about: { tags: ['findme'], groups: ['crm'] } });
  await create('Not found');
  await openList(page);
  await search(page).fill(String(n));
  await expect(row(page, 'Not found')).toHaveCount(0);
  await expect(row(page, 'Found by all means')).toBeVisible();
  await expect(page).toHaveURL(new RegExp(`q=.*${n}`));
  await search(page).fill('');
  await expect(row(page, 'Not found')).toBeVisible();
  await page.getByRole('button', { name: 'findme' }).click();
  await expect(row(page, 'Not found')).toHaveCount(0);
  await expect(page).toHaveURL(/tag=findme/);
  await row(page, 'Found by all means').click();
  await page.waitForURL(`**/scenarios/${n}`);
  await page.goBack();
  await expect(page).toHaveURL(/tag=findme/);
  await expect(row(page, 'Found by all means')).toBeVisible();
  await expect(row(page, 'Not found')).toHaveCount(0);
  await page.goBack();
  await expect(row(page, 'Not found')).toBeVisible();
  await page.goto(`${url()}/scenarios?group=crm&q=nothing+at+all`);
  await expect(page.getByText('No scenario matches.')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(row(page, 'Not found')).toBeVisible();
});

test('LIST-7 an error keeps the rows and offers another try', async ({ signedIn: page }) => {
  await create('Stays');
  await openList(page);
  await expect(row(page, 'Stays')).toBeVisible();
  await page.route('**/api/v1/scenarios?**', (route) =>
    route.fulfill({ status: 403, json: { code: 'forbidden', detail: 'Not today.' }, headers: { 'X-Request-Id': 'r-1' } }),
  );
  await page.getByRole('button', { name: /^Refresh/ }).click();
  await expect(page.getByRole('alert')).toContainText('Not today.');
  await expect(page.getByRole('alert')).toContainText('r-1');
  await expect(row(page, 'Stays')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await page.unroute('**/api/v1/scenarios?**');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('LIST-8 many scenarios come page by page, one request for a burst of keys', async ({ signedIn: page }) => {
  for (let i = 0; i < 110; i += 10) await Promise.all(Array.from({ length: 10 }, (_, j) => create(`Row ${String(i + j).padStart(3, '0')}`)));
  const asked: string[] = [];
  page.on('request', (r) => {
    if (r.url().includes('/api/v1/scenarios?')) asked.push(r.url());
  });
  const before = Date.now();
  await openList(page);
  await expect(page.getByRole('row')).toHaveCount(101);
  test.info().annotations.push({ type: 'first page', description: `${Date.now() - before} ms` });
  expect(asked).toHaveLength(1);
  await search(page).pressSequentially('Row 10', { delay: 20 });
  await expect(page.getByRole('row')).toHaveCount(11);
  expect(asked).toHaveLength(2);
  await search(page).fill('');
  await page.getByRole('button', { name: 'Load more' }).click();
  await expect.poll(() => page.getByRole('row').count()).toBeGreaterThan(110);
  // Another order is one over all of them.
  await page.getByRole('button', { name: 'Title' }).click();
  await expect(page.getByRole('columnheader', { name: 'Title' })).toHaveAttribute('aria-sort', 'ascending');
  const titles = await page.locator('.list-title').allTextContents();
  expect(titles).toEqual([...titles].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)));
});

test('LIST-11 a row tells that there is a draft, until it is saved', async ({ signedIn: page }) => {
  const n = await create('Half drawn');
  const { definition, settings } = await scenarioOf(n);
  await api('PUT', `/scenarios/${n}/draft`, { base: 1, definition, settings, bin: [] }, { 'If-Match': '"0"' });
  await openList(page);
  await expect(row(page, 'Half drawn').getByText('draft', { exact: true })).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await api('PUT', `/scenarios/${n}`, { definition, settings }, { 'If-Match': '"1"' });
  await page.getByRole('button', { name: 'Refresh' }).click();
  await expect(row(page, 'Half drawn').getByText('draft', { exact: true })).toHaveCount(0);
});

test('LIST-9 keys go along the rows and open one', async ({ signedIn: page }) => {
  const [below, above] = [await create('Below'), await create('Above')];
  await openList(page);
  await page.keyboard.press('/');
  await expect(search(page)).toBeFocused();
  await row(page, 'Above').focus();
  await page.keyboard.press('ArrowDown');
  await expect(row(page, 'Below')).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(row(page, 'Above')).toBeFocused();
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/scenarios/${above}`);
  expect(below).toBeLessThan(above);
});

test('LIST-10 what others create waits behind Refresh, so that no row moves under the pointer', async ({ signedIn: page }) => {
  await page.clock.install();
  await openList(page);
  await page.getByRole('row').nth(1).waitFor();
  const first = await page.locator('.list-title').first().textContent();
  await create('Came later');
  await page.clock.runFor(11_000);
  await expect(page.getByRole('button', { name: 'Refresh +1' })).toBeVisible();
  expect(await page.locator('.list-title').first().textContent()).toBe(first);
  await page.getByRole('button', { name: 'Refresh +1' }).click();
  await expect(row(page, 'Came later')).toBeVisible();
});
