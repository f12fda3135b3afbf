import type { Page } from '@playwright/test';
import { api, capture, captureMany, create, live, running, scenarioOf, untilDraft } from '../support/api';
import { element, expect, findings, openEditor, test, tool } from '../support/console';

const settings = (page: Page) => page.getByRole('dialog', { name: 'Scenario settings' });
const modes = { 'Never again': 'never', 'Not while engaged': 'afterExit', Restart: 'restart', 'Each entry separately': 'parallel' };

test('SET-1 the four modes, each with what it does, and each arrives as its API value', async ({ signedIn: page }) => {
  const n = await create('Four modes', { settings: { reentryMode: 'parallel' } });
  await openEditor(page, n);
  for (const [title, mode] of Object.entries(modes)) {
    await tool(page, 'Settings').click();
    if (mode === 'never') expect(await findings(page)).toEqual([]);
    await expect(settings(page).getByRole('radiogroup', { name: 'Re-entry' }).getByRole('radio')).toHaveCount(4);
    await settings(page).getByRole('radio', { name: title }).check();
    await settings(page).getByRole('button', { name: 'Apply' }).click();
    await expect(settings(page)).toBeHidden();
    await expect(tool(page, 'Settings')).toBeFocused();
    // The last is the one that it has: no draft is left.
    await untilDraft(n, (d) => d.settings.reentryMode).toBe(mode === 'parallel' ? null : mode);
  }
});

test.describe('SET-2 a profile that comes again', () => {
  for (const [mode, inside, left] of [
    ['never', 'alreadyEntered', 'alreadyEntered'],
    ['afterExit', 'engaged', 'accepted'],
    ['restart', 'accepted', 'accepted'],
    ['parallel', 'accepted', 'accepted'],
  ])
    test(`in ${mode}: while inside ${inside}, after it has left ${left}`, async ({ signedIn: page }) => {
      const n = await running(`Again ${mode}`, { settings: { reentryMode: mode } });
      const told = async () => {
        const answer = await capture(n, 'again');
        return answer.accepted ? 'accepted' : answer.reason;
      };
      await openEditor(page, n);
      expect(await told()).toBe('accepted');
      await expect(element(page, 'w1').locator('.live')).toHaveText(/^1/);
      expect(await told()).toBe(inside);
      await expect(element(page, 'w1').locator('.live')).toHaveText(mode === 'parallel' ? /^2/ : /^1/);
      await api('POST', `/scenarios/${n}:clear`, {});
      await expect(element(page, 'w1').locator('.live')).toHaveCount(0);
      expect(await told()).toBe(left);
    });
});

test('SET-3 stopped without the option all leave; with it they freeze, and go on after activation', async ({ signedIn: page }) => {
  const n = await running('Frozen or not');
  await captureMany(n, 3, 'frozen');
  await openEditor(page, n);
  await tool(page, 'Settings').click();
  await settings(page)
    .getByRole('checkbox', { name: /Keep profiles/ })
    .check();
  await settings(page).getByRole('button', { name: 'Apply' }).click();
  await page.getByRole('switch', { name: 'Active' }).uncheck();
  await page.getByRole('button', { name: 'Save and stop' }).click();
  await expect(page.getByRole('dialog')).toContainText('3 profiles inside now');
  await expect(page.getByRole('radio', { name: 'Freeze' })).toBeChecked();
  await page.getByRole('dialog').getByRole('button', { name: 'Save and stop' }).click();
  await expect(page.getByText('Stopped, frozen')).toBeVisible();
  await expect(element(page, 'w1').locator('.live')).toHaveText(/^3/);
  await page.getByRole('switch', { name: 'Active' }).check();
  await page.getByRole('button', { name: 'Save and activate' }).click();
  await expect(page.getByRole('dialog')).toContainText('3 frozen profiles go on');
  expect(await findings(page)).toEqual([]);
  await page.getByRole('dialog').getByRole('button', { name: 'Save and activate' }).click();
  await expect.poll(async () => (await scenarioOf(n)).status).toBe('active');
  expect((await live(n)).inside).toBe(3);
});

test('SET-4 clear asks with the number and ends at none; who enters afterwards stays', async ({ signedIn: page }) => {
  const n = await running('Cleared');
  await captureMany(n, 12, 'clear');
  await openEditor(page, n);
  await expect(element(page, 'w1').locator('.live')).toHaveText(/^12/);
  await tool(page, 'Settings').click();
  await settings(page).getByRole('button', { name: 'Clear…' }).click();
  const ask = page.getByRole('dialog', { name: 'Clear “Cleared”?' });
  await expect(ask).toContainText('12 profiles are inside');
  await expect(ask.getByRole('button', { name: 'Cancel' })).toBeFocused();
  expect(await findings(page)).toEqual([]);
  await ask.getByRole('button', { name: 'End 12 runs' }).click();
  await expect(page.getByText('12 profiles have left.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(element(page, 'w1').locator('.live')).toHaveCount(0);
  await capture(n, 'after');
  await expect(element(page, 'w1').locator('.live')).toHaveText(/^1/);
});

test('SET-5 pause, entry cap, zone and rate arrive as the API names them, and Cancel changes nothing', async ({ signedIn: page }) => {
  const n = await create('All settings');
  await openEditor(page, n);
  await tool(page, 'Settings').click();
  await settings(page).getByRole('radio', { name: 'The remaining time is kept' }).check();
  await settings(page).getByRole('button', { name: 'Cancel' }).click();
  await expect(page.locator('.draft-status')).toHaveText('Version 1');
  await tool(page, 'Settings').click();
  await settings(page).getByRole('radio', { name: 'The remaining time is kept' }).check();
  await settings(page).getByRole('textbox', { name: 'Overdue profiles a second' }).fill('50');
  await settings(page).getByRole('combobox', { name: 'Time zone' }).fill('Oslo');
  await page.getByRole('option', { name: 'Europe/Oslo' }).click();
  await settings(page).getByRole('button', { name: 'Limits of entry' }).click();
  await settings(page).getByRole('textbox', { name: 'Pause after leaving: hours' }).fill('12');
  await settings(page).getByRole('textbox', { name: 'At most entries' }).fill('3');
  expect(await findings(page)).toEqual([]);
  await page.keyboard.press('Control+Enter');
  await untilDraft(n, (d) => d.settings).toMatchObject({
    frozenWaits: 'clockStops',
    resumeRate: 50,
    timeZone: 'Europe/Oslo',
    coolDown: { hours: 12 },
    maxEntries: { count: 3, per: { days: 30 } },
  });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Version 2 is saved.')).toBeVisible();
  expect((await scenarioOf(n)).settings).toMatchObject({ frozenWaits: 'clockStops', resumeRate: 50 });
});
