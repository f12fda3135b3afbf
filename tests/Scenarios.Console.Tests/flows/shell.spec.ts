import { capture, create, running, url } from '../support/api';
import { element, expect, findings, openEditor, openList, test } from '../support/console';

test('SHELL-1 a deep link to each page shows that page after a reload', async ({ signedIn: page }) => {
  const n = await create('Deep link');
  for (const [path, heading] of [
    ['/', 'Scenarios'],
    ['/scenarios', 'Scenarios'],
    ['/scenarios?trash=true', 'Trash'],
    [`/scenarios/${n}`, 'Deep link'],
    [`/scenarios/${n}?panel=about`, 'Deep link'],
  ]) {
    await page.goto(`${url()}${path}`);
    await expect(page.getByRole('heading', { name: heading, level: 1 })).toBeVisible();
    await page.reload();
    await expect(page.getByRole('heading', { name: heading, level: 1 })).toBeVisible();
  }
  await expect(page.getByRole('complementary', { name: 'About' })).toBeVisible();
  await expect(page).toHaveTitle('Deep link · Scenarios');
});

test('SHELL-2 an unknown page says so, an unknown call is 404, and so is a file that is gone', async ({ signedIn: page }) => {
  const answer = await page.goto(`${url()}/no/such/page`);
  expect(answer?.status()).toBe(200);
  await expect(page.getByText('There is no page at this address.')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  expect((await page.request.get(`${url()}/api/v1/nothing`)).status()).toBe(404);
  expect((await page.request.get(`${url()}/assets/gone-12345678.js`)).status()).toBe(404);
  await page.goto(`${url()}/scenarios/99999`);
  await expect(page.getByRole('alert')).toContainText('Not found');
  expect(await findings(page)).toEqual([]);
});

test('SHELL-3 the colours follow the system, a choice outlives a reload, the canvas follows both', async ({ signedIn: page }) => {
  const n = await create('Colours');
  const canvas = page.locator('.react-flow');
  await page.emulateMedia({ colorScheme: 'dark' });
  await openEditor(page, n);
  await expect(canvas).toHaveClass(/\bdark\b/);
  await page.emulateMedia({ colorScheme: 'light' });
  await expect(canvas).toHaveClass(/\blight\b/);
  await page.getByRole('button', { name: 'Dark colours' }).click();
  await expect(canvas).toHaveClass(/\bdark\b/);
  await page.reload();
  await expect(canvas).toHaveClass(/\bdark\b/);
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
});

test('SHELL-4 a page that fails says so, and the rest of the console goes on', async ({ signedIn: page, faults }) => {
  await page.route('**/api/v1/scenarios?**', (route) => route.fulfill({ json: { items: [{ number: 1 }], nextCursor: null } }));
  await page.goto(`${url()}/scenarios`);
  await expect(page.getByRole('heading', { name: 'This page failed' })).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await page.unroute('**/api/v1/scenarios?**');
  await page.getByRole('link', { name: 'Scenarios', exact: true }).first().click();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { name: 'Scenarios', level: 1 })).toBeVisible();
  faults.length = 0;
});

test('SHELL-5 eight pages of one browser load, and all see the numbers move', async ({ signedIn: page, context }) => {
  const n = await running('Seen eight times');
  await capture(n, 'eight-0');
  const pages = [page];
  while (pages.length < 8) pages.push(await context.newPage());
  for (const [i, p] of pages.entries()) {
    if (i % 2 === 0) await openEditor(p, n);
    else await openList(p);
  }
  await capture(n, 'eight-1');
  for (const [i, p] of pages.entries())
    if (i % 2 === 0) await expect(element(p, 'w1').locator('.live')).toHaveText(/^2/);
    else await expect(p.getByRole('row', { name: 'Seen eight times' }).locator('td').nth(3)).toHaveText('2');
  // The one that held the stream goes, another takes it over.
  await pages[0]?.close();
  await capture(n, 'eight-2');
  await expect(element(pages[2] as typeof page, 'w1').locator('.live')).toHaveText(/^3/);
});

test('SHELL-6 Ctrl+K goes to a scenario by title or number and creates one; ? tells the keys', async ({ signedIn: page }) => {
  const n = await create('Needle in the hay');
  await openList(page);
  await page.keyboard.press('Control+k');
  await page.getByRole('textbox', { name: 'Search', exact: true }).fill('needle');
  await expect(page.getByRole('button', { name: /^Needle in the hay/ })).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/scenarios/${n}`);
  await expect(page.getByRole('textbox', { name: 'Search', exact: true })).toHaveCount(0);
  await page.keyboard.press('Control+k');
  await page.getByRole('textbox', { name: 'Search', exact: true }).fill('create');
  await page.getByRole('button', { name: 'Create a scenario' }).click();
  await expect(page.getByRole('dialog', { name: 'New scenario' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.press('Shift+?');
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
  expect(await findings(page)).toEqual([]);
});

test('SHELL-7 at 640 pixels and on a phone nothing scrolls sideways', async ({ signedIn: page }) => {
  const n = await running('On a small screen with a title that is longer than the screen is wide');
  for (const width of [640, 390]) {
    await page.setViewportSize({ width, height: 800 });
    for (const path of ['/scenarios', `/scenarios/${n}`]) {
      await page.goto(`${url()}${path}`);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      expect(await findings(page)).toEqual([]);
    }
  }
});
