import { api, type Scenario, scenarioOf } from '../support/api';
import { element, expect, findings, openList, test, tool } from '../support/console';

test('NEW-1 a title is needed, and what the server refuses is told at the field', async ({ signedIn: page }) => {
  await openList(page);
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'New scenario' });
  await expect(dialog.getByRole('textbox', { name: 'Title' })).toBeFocused();
  expect(await findings(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(dialog.getByText('A scenario needs a title.')).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Title' }).fill('Refused');
  await dialog.getByRole('button', { name: 'Make a new database' }).click();
  await dialog.getByRole('textbox', { name: 'New database' }).fill('default');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(dialog.getByText('A database of this name already exists.')).toBeVisible();
  expect(await findings(page)).toEqual([]);
});

test('NEW-2 a double click makes one scenario', async ({ signedIn: page }) => {
  await openList(page);
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'New scenario' });
  await dialog.getByRole('textbox', { name: 'Title' }).fill('Made once');
  await dialog.getByRole('button', { name: 'Create' }).dblclick();
  await page.waitForURL(/\/scenarios\/\d+$/);
  expect((await api<{ items: Scenario[] }>('GET', '/scenarios?q=Made+once')).items).toHaveLength(1);
});

test('NEW-3 the new editor shows one start element, an API call', async ({ signedIn: page }) => {
  await openList(page);
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('textbox', { name: 'Title', exact: true }).fill('Brand new');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/scenarios\/\d+$/);
  await expect(page.locator('[data-el]')).toHaveCount(1);
  await expect(element(page, 'start').locator('.el-summary')).toHaveText('API call');
  expect(await findings(page)).toEqual([]);
});

test('NEW-4 database and re-entry mode arrive in the settings', async ({ signedIn: page }) => {
  await openList(page);
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'New scenario' });
  await dialog.getByRole('textbox', { name: 'Title' }).fill('With its own database');
  await dialog.getByRole('button', { name: 'Make a new database' }).click();
  await dialog.getByRole('textbox', { name: 'New database' }).fill('shop');
  await dialog.getByRole('radio', { name: 'Restart' }).check();
  await dialog.getByRole('button', { name: 'Create' }).click();
  await page.waitForURL(/\/scenarios\/\d+$/);
  const made = await scenarioOf(Number(/(\d+)$/.exec(page.url())?.[1]));
  expect(made.database).toBe('shop');
  expect(made.settings.reentryMode).toBe('restart');
  await tool(page, 'Settings').click();
  await expect(page.getByRole('radio', { name: 'Restart' })).toBeChecked();
});
