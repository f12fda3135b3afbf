import { capture, scenarioOf, walk } from '../support/api';
import { expect, findings, test } from '../support/console';

test('a scenario is created, drawn, switched on, and its number appears when a profile comes in', async ({ signedIn: page }) => {
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Title' }).fill('Welcome');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await page.waitForURL(/\/scenarios\/\d+/);
  const number = Number(/scenarios\/(\d+)/.exec(page.url())?.[1]);

  await page.getByRole('button', { name: 'Add after Default, then' }).click();
  await page.getByRole('option', { name: 'Wait' }).click();
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await expect(dialog).toBeHidden();
  await page.getByRole('button', { name: 'Add after Wait, then' }).click();
  await page.getByRole('option', { name: 'Webhook' }).click();
  await dialog.getByRole('textbox', { name: 'URL' }).fill('https://example.com/hook');
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await expect(dialog).toBeHidden();
  await page.getByRole('button', { name: 'Add after Webhook, success' }).click();
  await page.getByRole('option', { name: 'End' }).click();
  await expect(page.getByText(/^Draft saved/)).toBeVisible();
  expect((await scenarioOf(number)).revision).toBe(1);

  await page.getByRole('switch', { name: 'Active' }).click();
  await page.getByRole('button', { name: 'Save and activate' }).click();
  await dialog.getByRole('button', { name: 'Save and activate' }).click();
  await expect(page.getByText('Version 2 is saved.')).toBeVisible();
  const saved = await scenarioOf(number);
  expect(saved.status).toBe('active');
  expect(walk(saved)).toBe('apiCall > wait > webhook > end');

  for (const profile of ['p1', 'p2', 'p3']) expect((await capture(number, profile)).accepted).toBe(true);
  await expect(page.locator('.react-flow__node .live')).toHaveText(/^3/, { timeout: 10_000 });
  expect(await findings(page)).toEqual([]);

  await page.getByRole('link', { name: 'To the list' }).click();
  await expect(page.getByRole('row', { name: 'Welcome' })).toContainText('Active');
  await expect(page.getByRole('row', { name: 'Welcome' }).locator('td').nth(3)).toHaveText('3');
  expect(await findings(page)).toEqual([]);
});
