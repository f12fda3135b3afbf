import { api, create, newToken, token, url } from '../support/api';
import { expect, findings, openList, signIn, test } from '../support/console';

test('SIGN-1 a wrong token is told at its field, a right one opens the page that was asked for', async ({ page }) => {
  const n = await create('Behind the door');
  await page.goto(`${url()}/scenarios/${n}`);
  expect(await findings(page)).toEqual([]);
  await page.getByLabel('Token').fill('sc_nobody');
  await page.keyboard.press('Enter');
  await expect(page.getByText('This token is not known here')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await page.getByLabel('Token').fill(token());
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Behind the door' })).toBeVisible();
});

test('SIGN-2 the session is a cookie that no script reads and no other site sends', async ({ signedIn: page, context }) => {
  await openList(page);
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });
  expect(cookie?.value).not.toContain(token());
  expect(await page.evaluate(() => document.cookie)).toBe('');
  expect(JSON.stringify(await page.evaluate(() => ({ ...localStorage, ...sessionStorage })))).not.toContain(token());
});

test('SIGN-3 a write under the cookie needs the header that no other site can send', async ({ signedIn: page }) => {
  const forged = await page.request.post(`${url()}/api/v1/scenarios`, { data: { title: 'Forged', database: 'default' } });
  expect(forged.status()).toBe(401);
  const own = await page.request.post(`${url()}/api/v1/scenarios`, {
    data: { title: 'Own', database: 'default' },
    headers: { 'X-Scenarios-Console': '1' },
  });
  expect(own.status()).toBe(201);
  // As a form of another site would send it.
  const form = await page.request.post(`${url()}/api/v1/session`, { form: { token: token() } });
  expect(form.status()).toBe(415);
});

test('SIGN-4 only our own scripts and style sheets count, and nothing frames the page', async ({ page }) => {
  const answer = await page.goto(`${url()}/`);
  const policy = answer?.headers()['content-security-policy'] ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("style-src 'self';");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe');
  expect(answer?.headers()).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'x-frame-options': 'DENY' });
  const script = await page.request.get(new URL((await page.locator('script[src]').getAttribute('src')) ?? '', url()).href);
  expect(script.headers()).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'public, max-age=31536000, immutable' });
});

test('SIGN-5 a session that ends under an open page asks for the token, and the page goes on as it was', async ({ page, context }) => {
  const made = await api<{ id: string; token: string }>('POST', '/tokens', { name: 'Short', role: 'editor' });
  await signIn(context, made.token);
  await openList(page);
  await page.getByRole('textbox', { name: /^Search by title/ }).fill('behind');
  await api('DELETE', `/tokens/${made.id}`);
  await expect(async () => {
    // On a slow machine the dialog may have come after the last look; the page behind it takes no click any more.
    const over = page.getByText('Your session is over');
    if (!(await over.isVisible())) await page.getByRole('button', { name: /^Refresh/ }).click();
    await expect(over).toBeVisible({ timeout: 1000 });
  }).toPass();
  expect(await findings(page)).toEqual([]);
  await page.getByLabel('Token').fill(token());
  await page.keyboard.press('Enter');
  await expect(page.getByText('Your session is over')).toBeHidden();
  await expect(page.getByRole('textbox', { name: /^Search by title/ })).toHaveValue('behind');
});

test('SIGN-6 buttons follow the role; signing out ends the session', async ({ page, context }) => {
  const n = await create('To be looked at');
  await signIn(context, await newToken('Vera', 'viewer'));
  await openList(page);
  await expect(page.getByRole('row', { name: 'To be looked at' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Create', exact: true })).toHaveCount(0);
  await page.getByRole('row', { name: 'To be looked at' }).click({ button: 'right' });
  await expect(page.getByRole('menuitem')).toHaveText(['Open']);
  await page.keyboard.press('Escape');
  await page.goto(`${url()}/scenarios/${n}`);
  await expect(page.getByText('Your token has the role viewer')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Save' })).toHaveCount(0);
  await expect(page.getByRole('switch', { name: 'Active' })).toHaveCount(0);
  expect(await findings(page)).toEqual([]);
  await page.getByRole('button', { name: 'signed in as Vera' }).click();
  expect(await findings(page)).toEqual([]);
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByLabel('Token')).toBeVisible();
});
