import { captureMany, chain, create, scenarioOf, untilDraft, wait, walk } from '../support/api';
import { element, expect, goTo, openEditor, openList, test } from '../support/console';

test('KEY-1 ten elements are drawn, set, saved and switched on without a mouse', async ({ signedIn: page }) => {
  await openList(page);
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const focused = page.locator('[data-el]:focus');
  const dialog = page.getByRole('dialog');

  await press('Control+k');
  await expect(page.getByRole('textbox', { name: 'Search', exact: true })).toBeFocused();
  await page.keyboard.type('create');
  await expect(page.locator('[data-action][data-selected]')).toHaveText('Create a scenario');
  await press('Enter');
  await expect(dialog.getByRole('textbox', { name: 'Title' })).toBeFocused();
  await page.keyboard.type('By keys alone');
  await press('Enter');
  await page.waitForURL(/\/scenarios\/\d+/);
  const n = Number(/scenarios\/(\d+)/.exec(page.url())?.[1]);

  // Find takes the focus onto the canvas.
  await expect(page.locator('[data-el="start"]')).toBeVisible();
  await press('Control+f');
  await expect(dialog.getByRole('textbox')).toBeFocused();
  await page.keyboard.type('default');
  await press('Enter');
  await expect(focused).toHaveAttribute('data-el', 'start');

  /** Behind the element in focus; its window is filled in, and gives the focus back. */
  const add = async (type: string, fill?: () => Promise<void>) => {
    await press('Insert');
    await expect(page.getByRole('combobox', { name: 'Which element' })).toBeFocused();
    await page.keyboard.type(type);
    await press('Enter');
    if (type !== 'end') {
      await expect(dialog.getByRole('textbox', { name: 'Name', exact: true })).toBeFocused();
      await fill?.();
      await press('Control+Enter');
      await expect(dialog).toHaveCount(0);
    }
    await expect(focused).toHaveCount(1);
  };
  await add('wait');
  await add('condition', async () => {
    await dialog.getByRole('button', { name: 'Rule', exact: true }).focus();
    await press('Enter');
    await expect(page.getByRole('menuitem', { name: 'Profile' })).toBeFocused();
    await press('Enter');
    await dialog.getByRole('textbox', { name: 'Value' }).focus();
    await page.keyboard.type('ann@example.com');
  });
  await add('webhook', async () => {
    await dialog.getByRole('textbox', { name: 'URL' }).focus();
    await page.keyboard.type('https://example.com/hook');
  });
  await add('split');
  await add('wait');
  await add('webhook', async () => {
    await dialog.getByRole('textbox', { name: 'URL' }).focus();
    await page.keyboard.type('https://example.com/other');
  });
  await add('wait');
  await add('end');

  // Up along the links and down the other branch.
  await press('ArrowUp', 'ArrowUp', 'ArrowUp', 'ArrowUp');
  await expect(focused).toHaveAttribute('aria-label', /^Split/);
  await add('end');
  await untilDraft(n, (d) => walk(d.definition)).toBe('apiCall > wait > condition > webhook > split > wait > webhook > wait > end');
  await untilDraft(n, (d) => d.definition.elements.length).toBe(10);

  // A box is moved and deleted, and comes back.
  await press('Alt+ArrowRight', 'Delete');
  await expect(page.locator('[data-el]')).toHaveCount(9);
  await press('Control+z');
  await expect(page.locator('[data-el]')).toHaveCount(10);

  await page.getByRole('switch', { name: 'Active' }).focus();
  await press('Space');
  await press('Control+s');
  await expect(dialog).toBeVisible();
  await dialog.getByRole('button', { name: 'Save and activate' }).focus();
  await press('Enter');
  await expect(page.getByText('Version 2 is saved and active.')).toBeVisible();
  expect((await scenarioOf(n)).status).toBe('active');
  await captureMany(n, 3, 'keys');
  await expect(page.locator('.react-flow__node .live')).toHaveText(/^3/);
});

test('KEY-2 Insert asks what comes next also where the element is out of view, or still on its way into it', async ({ signedIn: page }) => {
  const n = await create('Out of view', { definition: chain(...Array.from({ length: 14 }, (_, i) => wait(`w${i}`))) });
  await openEditor(page, n);
  const menu = page.getByRole('combobox', { name: 'Which element' });
  await goTo(page, 'w13');
  const middle = await page.locator('.surface').boundingBox();
  await page.mouse.move((middle?.x ?? 0) + (middle?.width ?? 0) / 2, (middle?.y ?? 0) + 40);
  const y = async () => (await element(page, 'w13').boundingBox())?.y ?? 0;
  for (const [by, isAway] of [
    [500, (at: number) => at < -200],
    [-500, (at: number) => at > 1000],
  ] as const) {
    await expect(async () => {
      await page.mouse.wheel(0, by);
      expect(isAway(await y())).toBe(true);
    }).toPass();
    await page.keyboard.press('Insert');
    await expect(menu).toBeFocused();
    await page.keyboard.press('Escape');
    await expect(menu).toHaveCount(0);
    await expect(element(page, 'w13')).toBeFocused();
  }
  // As fast as fingers go: the view follows the arrows for a moment.
  for (const key of [...Array.from({ length: 9 }, () => 'ArrowUp'), 'Insert']) await page.keyboard.press(key);
  await expect(menu).toBeFocused();
  await page.keyboard.type('end');
  await page.keyboard.press('Enter');
  await untilDraft(n, (d) => d.definition.links.find((l) => l.from === 'w4')?.to).not.toBe('w5');
});
