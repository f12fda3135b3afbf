import type { Page } from '@playwright/test';
import { api, chain, create, draftOf, type Element, scenarioOf, untilDraft, wait } from '../support/api';
import { element, expect, findings, openEditor, test, tool } from '../support/console';

const end: Element = { id: 'e1', type: 'end' };

async function saved(n: number, ...elements: Element[]) {
  const s = await scenarioOf(n);
  await api(
    'PUT',
    `/scenarios/${n}`,
    { definition: chain(...elements), settings: s.settings, note: `Version ${s.revision + 1}` },
    { 'If-Match': `"${s.revision}"` },
  );
}

const versions = (page: Page) => page.getByRole('complementary', { name: 'Versions' });

test('VER-1 comparing two versions lists and paints exactly what changed', async ({ signedIn: page }) => {
  const n = await create('Compared', { definition: chain(wait('w1'), wait('gone'), end) });
  await saved(n, wait('w1', 4), { id: 'h1', type: 'webhook', settings: { method: 'POST', url: 'https://example.com/h' } }, end);
  await openEditor(page, n);
  await tool(page, 'Versions').click();
  await expect(versions(page).getByRole('listitem')).toHaveCount(2);
  expect(await findings(page)).toEqual([]);
  await versions(page).getByRole('listitem').nth(1).getByRole('button').click();
  await expect(page.getByText('Version 1', { exact: true })).toBeVisible();
  await expect(page.locator('[data-el]')).toHaveCount(4);
  await expect(element(page, 'w1')).toContainText('1 day');
  await page.getByText('Changed since', { exact: true }).click();
  const changes = page.getByRole('complementary', { name: 'Changed since' });
  await expect(changes.getByRole('listitem')).toHaveText([/Changed: Wait.*1 day → 4 days/, /Added: Webhook/, /Deleted: Wait/]);
  for (const [id, mark] of [
    ['w1', 'changed'],
    ['h1', 'added'],
    ['gone', 'removed'],
  ])
    await expect(element(page, id ?? '')).toHaveAttribute('data-mark', mark ?? '');
  expect(await findings(page)).toEqual([]);
  // Only to be looked at.
  await element(page, 'w1').click();
  await page.keyboard.press('Delete');
  await expect(page.locator('[data-el]')).toHaveCount(5);
});

test('VER-2 restoring makes a draft and publishes nothing', async ({ signedIn: page }) => {
  const n = await create('Restored', { definition: chain(wait('w1'), end) });
  await saved(n, wait('w1', 4), end);
  await openEditor(page, n, '?panel=versions');
  await versions(page).getByRole('listitem').nth(1).getByRole('button').click();
  await page.getByRole('button', { name: 'Restore as draft' }).click();
  await expect(element(page, 'w1')).toContainText('1 day');
  await untilDraft(n, (d) => d.definition.elements[1]?.settings).toEqual({ duration: { days: 1 } });
  expect((await scenarioOf(n)).revision).toBe(2);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Version 3 is saved.')).toBeVisible();
});

test('BIN-1 what was deleted is put back with its settings, its outputs open', async ({ signedIn: page }) => {
  const n = await create('Binned', { definition: chain(wait('w1', 6), end) });
  await openEditor(page, n);
  await element(page, 'w1').click();
  await page.keyboard.press('Delete');
  await untilDraft(n, (d) => d.bin.map((b) => b.element.id)).toEqual(['w1']);
  // A reload does not lose it.
  await page.reload();
  await tool(page, 'Bin').click();
  const bin = page.getByRole('complementary', { name: 'Bin' });
  await expect(bin.getByRole('listitem')).toContainText('6 days');
  expect(await findings(page)).toEqual([]);
  await bin.getByRole('button', { name: 'Put back' }).click();
  await expect(element(page, 'w1')).toContainText('6 days');
  await expect(page.getByRole('button', { name: 'Add after Wait, then' })).toBeVisible();
  await untilDraft(n, (d) => d.definition.elements.find((e) => e.id === 'w1')?.settings).toEqual({ duration: { days: 6 } });
  await page.keyboard.press('Control+z');
  await expect(element(page, 'w1')).toHaveCount(0);
  await bin.getByRole('button', { name: 'Empty the bin' }).click();
  await expect(bin.getByText('Nothing was deleted in this draft.')).toBeVisible();
  await expect.poll(async () => (await draftOf(n))?.bin).toEqual([]);
});
