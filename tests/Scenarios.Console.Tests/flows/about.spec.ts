import type { Page } from '@playwright/test';
import { create, newToken, scenarioOf } from '../support/api';
import { expect, findings, openEditor, openList, otherPerson, test, tool } from '../support/console';

const about = (page: Page) => page.getByRole('complementary', { name: 'About' });

test('ABOUT-1 the button opens and closes the panel, and a reload remembers', async ({ signedIn: page }) => {
  const n = await create('About remembered');
  await openEditor(page, n);
  await expect(tool(page, 'About')).toHaveAttribute('aria-expanded', 'false');
  await tool(page, 'About').click();
  await expect(about(page)).toBeVisible();
  await expect(tool(page, 'About')).toHaveAttribute('aria-expanded', 'true');
  expect(await findings(page)).toEqual([]);
  await page.reload();
  await expect(about(page)).toBeVisible();
  await tool(page, 'About').click();
  await expect(about(page)).toBeHidden();
});

test('ABOUT-2 description, tags and title keep themselves, and the list finds them', async ({ signedIn: page }) => {
  const n = await create('Described');
  await openEditor(page, n, '?panel=about');
  await about(page).getByRole('textbox', { name: 'Description' }).fill('For those who have just come.');
  await about(page).getByRole('combobox', { name: 'Tags' }).fill('newcomers');
  await page.keyboard.press('Enter');
  await expect.poll(async () => (await scenarioOf(n)).about).toMatchObject({ description: 'For those who have just come.', tags: ['newcomers'] });
  await page.getByRole('heading', { name: 'Described' }).click();
  await page.getByRole('textbox', { name: 'Title', exact: true }).fill('Described anew');
  await page.keyboard.press('Enter');
  await expect.poll(async () => (await scenarioOf(n)).title).toBe('Described anew');
  // Neither is a new version, nor a draft.
  expect((await scenarioOf(n)).revision).toBe(1);
  await openList(page, '?tag=newcomers');
  await expect(page.getByRole('row', { name: 'Described anew' })).toBeVisible();
  await expect(page.getByRole('row')).toHaveCount(2);
});

test('ABOUT-3 a group takes it from those who share none', async ({ signedIn: page, browser }) => {
  await create('Of the other group', { about: { groups: ['sales'] } });
  const n = await create('Of a group');
  const other = await otherPerson(browser, await newToken('Olaf', 'editor', ['support']));
  await openList(other);
  await expect(other.getByRole('row', { name: 'Of a group' })).toBeVisible();
  await openEditor(page, n, '?panel=about');
  await about(page).getByRole('combobox', { name: 'Access groups' }).click();
  await page.getByRole('option', { name: 'sales' }).click();
  await expect.poll(async () => (await scenarioOf(n)).about.groups).toEqual(['sales']);
  await other.reload();
  await expect(other.getByRole('heading', { name: 'Scenarios', level: 1 })).toBeVisible();
  await expect(other.getByRole('button', { name: /^Refresh/ })).toBeVisible();
  await expect(other.getByRole('row', { name: 'Of a group' })).toHaveCount(0);
  await other.context().close();
});
