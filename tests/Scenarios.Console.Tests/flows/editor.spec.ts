import type { Page } from '@playwright/test';
import { api, chain, create, draftOf, scenarioOf, untilDraft, wait, walk } from '../support/api';
import { element, expect, findings, goTo, openEditor, test, tool } from '../support/console';

const window_ = (page: Page) => page.getByRole('dialog');
const option = (page: Page, name: string) => page.getByRole('listbox', { name: 'Elements' }).getByRole('option', { name, exact: true });

async function apply(page: Page) {
  await window_(page).getByRole('button', { name: 'Apply' }).click();
  await expect(window_(page)).toBeHidden();
}

/** The middle of an output of an element, on the screen. */
async function port(page: Page, id: string, output: string) {
  const box = await page.locator(`.react-flow__node[data-id="${id}"] .react-flow__handle[data-handleid="${output}"]`).boundingBox();
  return { x: (box?.x ?? 0) + (box?.width ?? 0) / 2, y: (box?.y ?? 0) + (box?.height ?? 0) / 2 };
}

async function dragFrom(page: Page, from: { x: number; y: number }, to: { x: number; y: number }) {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 5 });
  await page.mouse.move(to.x, to.y, { steps: 5 });
  await page.mouse.up();
}

test.describe('EDIT-1 an element comes in between, and the document is the same,', () => {
  const ways: Record<string, (page: Page) => Promise<void>> = {
    'by the + of a link': async (page) => {
      await page.getByRole('button', { name: 'Insert on this link' }).click();
      await option(page, 'Wait').click();
    },
    'by the key': async (page) => {
      await goTo(page, 'Default');
      await page.keyboard.press('Insert');
      await page.keyboard.type('wait');
      await page.keyboard.press('Enter');
    },
    'by the menu of the element before': async (page) => {
      await element(page, 'start').click({ button: 'right' });
      expect(await findings(page)).toEqual([]);
      await page.getByRole('menuitem', { name: 'Add next…' }).click();
      await option(page, 'Wait').click();
    },
    'dragged from the palette onto the link': async (page) => {
      const [from, to] = [await element(page, 'start').boundingBox(), await element(page, 'e1').boundingBox()];
      if (!from || !to) throw new Error('nothing is drawn');
      const x = from.x + from.width / 2 + 18;
      await page
        .getByRole('complementary', { name: 'Elements' })
        .getByRole('button', { name: /^Wait/ })
        .dragTo(page.locator('.surface'), {
          targetPosition: await inside(page, x - 18, from.y + from.height + (to.y - from.y - from.height) * 0.3),
        });
    },
    'dropped on the ground and linked by hand': async (page) => {
      const end = await element(page, 'e1').boundingBox();
      if (!end) throw new Error('nothing is drawn');
      await dragFrom(page, await port(page, 'start', 'next'), { x: end.x + 400, y: end.y - 10 });
      await option(page, 'Wait').click();
    },
  };

  async function inside(page: Page, x: number, y: number) {
    const box = await page.locator('.surface').boundingBox();
    return { x: x - (box?.x ?? 0), y: y - (box?.y ?? 0) };
  }

  for (const [way, insert] of Object.entries(ways))
    test(way, async ({ signedIn: page }) => {
      const n = await create(`In between ${way}`, { definition: chain({ id: 'e1', type: 'end' }) });
      await openEditor(page, n);
      await insert(page);
      await apply(page);
      const added = page.locator('[data-el^="wait-"]');
      await expect(added).toHaveCount(1);
      if (way.startsWith('dropped')) {
        const id = (await added.getAttribute('data-el')) ?? '';
        const end = await element(page, 'e1').boundingBox();
        await dragFrom(page, await port(page, id, 'next'), { x: (end?.x ?? 0) + 60, y: (end?.y ?? 0) + 30 });
      }
      await untilDraft(n, (d) => walk(d.definition)).toBe('apiCall > wait > end');
      const draft = await draftOf(n);
      expect(draft?.definition.elements.map((e) => e.settings ?? {})).toEqual(expect.arrayContaining([{ duration: { days: 1 } }]));
      expect(draft?.definition.links).toHaveLength(2);
    });
});

test('EDIT-2 delete and undo bring back settings, links and place', async ({ signedIn: page }) => {
  const n = await create('Deleted and back', { definition: chain(wait('w1', 3), wait('w2', 4), { id: 'e1', type: 'end' }) });
  await openEditor(page, n);
  const before = await element(page, 'w1').boundingBox();
  await element(page, 'w1').click();
  await page.keyboard.press('Delete');
  await expect(element(page, 'w1')).toHaveCount(0);
  // Its neighbours are joined.
  await untilDraft(n, (d) => walk(d.definition)).toBe('apiCall > wait > end');
  await page.keyboard.press('Control+z');
  await expect(element(page, 'w1')).toBeVisible();
  expect(await element(page, 'w1').boundingBox()).toEqual(before);
  // As it was saved: no draft is left.
  await expect.poll(() => draftOf(n)).toBeNull();
  await page.keyboard.press('Control+Shift+z');
  await expect(element(page, 'w1')).toHaveCount(0);
});

test('EDIT-3 what is copied in one scenario is pasted in another with new ids and the same settings', async ({ signedIn: page }) => {
  const from = await create('Copied from', { definition: chain(wait('w1', 3), wait('w2', 4)) });
  const to = await create('Pasted into');
  await openEditor(page, from);
  await element(page, 'w1').click();
  await element(page, 'w2').click({ modifiers: ['Shift'] });
  await page.keyboard.press('Control+c');
  await openEditor(page, to);
  await element(page, 'start').click();
  await page.keyboard.press('Control+v');
  await expect(page.locator('[data-el]')).toHaveCount(3);
  await untilDraft(to, (d) => d.definition.elements.slice(1).map((e) => e.settings)).toEqual([{ duration: { days: 3 } }, { duration: { days: 4 } }]);
  const pasted = (await draftOf(to))?.definition;
  expect(pasted?.elements.some((e) => e.id === 'w1' || e.id === 'w2')).toBe(false);
  expect(pasted?.links).toHaveLength(1);
});

test('EDIT-4 no key deletes an element behind an open window or while one types', async ({ signedIn: page }) => {
  const n = await create('Not deleted', { definition: chain(wait('w1'), wait('w2')) });
  await openEditor(page, n);
  await element(page, 'w1').dblclick();
  const name = window_(page).getByRole('textbox', { name: 'Name', exact: true });
  await name.fill('Something longer');
  await page.keyboard.press('Control+Backspace');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Delete');
  await expect(name).toHaveValue('Something');
  await window_(page).getByRole('button', { name: 'Cancel' }).focus();
  await page.keyboard.press('Delete');
  await page.keyboard.press('Backspace');
  await apply(page);
  await expect(page.locator('[data-el]')).toHaveCount(3);
  await page.getByRole('textbox', { name: 'Search the elements' }).fill('x');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Delete');
  await expect(page.locator('[data-el]')).toHaveCount(3);
  // On the element itself it does.
  await element(page, 'w2').click();
  await page.keyboard.press('Backspace');
  await expect(page.locator('[data-el]')).toHaveCount(2);
});

test('EDIT-5 branches keep their order from left to right when the graph is tidied, as one step', async ({ signedIn: page }) => {
  const definition = chain(
    { id: 'c1', type: 'condition', settings: { branches: [{ output: 'yes', rules: { field: 'email', op: 'exists' } }] } },
    wait('left'),
    { id: 'e1', type: 'end' },
  );
  definition.elements.push(wait('right'));
  definition.links.push({ from: 'c1', output: 'else', to: 'right' }, { from: 'right', output: 'next', to: 'e1' });
  definition.layout = { start: { x: 0, y: 0 }, c1: { x: 0, y: 160 }, left: { x: 400, y: 330 }, right: { x: 0, y: 340 }, e1: { x: 40, y: 600 } };
  const n = await create('Tidied', { definition });
  await openEditor(page, n);
  await tool(page, 'Tidy').click();
  const x = async (id: string) => (await element(page, id).boundingBox())?.x ?? 0;
  await expect.poll(async () => (await x('left')) < (await x('right'))).toBe(true);
  await tool(page, 'Undo: Tidy').click();
  await expect.poll(async () => (await x('left')) > (await x('right'))).toBe(true);
  await expect(tool(page, 'Nothing to undo')).toBeVisible();
});

test('EDIT-6 problems: the count is the list, F8 visits each, and mending one takes it off', async ({ signedIn: page }) => {
  const n = await create('With problems', { definition: chain({ id: 'h1', type: 'webhook' }, { id: 'g1', type: 'goto' }) });
  await openEditor(page, n);
  await expect(tool(page, 'Problems')).not.toHaveText('0');
  await tool(page, 'Problems').click();
  const panel = page.getByRole('complementary', { name: 'Problems' });
  await expect(panel.getByRole('listitem').first()).toBeVisible();
  expect(await findings(page)).toEqual([]);
  const count = await panel.getByRole('listitem').count();
  await expect(tool(page, 'Problems')).toHaveText(String(count));
  const visited = new Set<string>();
  for (let i = 0; i < 3; i++) {
    await page.keyboard.press('F8');
    await expect(page.locator('[data-el]:focus')).toHaveCount(1);
    visited.add((await page.locator('[data-el]:focus').getAttribute('data-el')) ?? '');
  }
  expect([...visited].sort()).toEqual(['g1', 'h1']);
  await expect(element(page, 'h1').locator('.el-problem')).toBeVisible();
  await element(page, 'h1').dblclick();
  await window_(page).getByRole('textbox', { name: 'URL' }).fill('https://example.com/hook');
  await apply(page);
  await expect(element(page, 'h1').locator('.el-problem')).toHaveCount(0);
  await expect(panel.getByText('Webhook')).toHaveCount(0);
});

test('EDIT-8 a reload keeps the view, the panel and the chosen element', async ({ signedIn: page }) => {
  const n = await create('Reloaded', { definition: chain(wait('w1'), wait('w2')) });
  await openEditor(page, n, '?panel=about');
  await element(page, 'w2').click();
  await expect(page).toHaveURL(/el=w2/);
  await page.getByRole('button', { name: 'Zoom in' }).click();
  await page.getByRole('button', { name: 'Zoom in' }).click();
  const view = page.locator('.react-flow__viewport');
  await expect(view).toHaveAttribute('style', /scale\(1\.[4-9]/);
  await expect.poll(async () => page.evaluate(() => Object.values(sessionStorage).some((v) => /"zoom":1\.[4-9]/.test(v)))).toBe(true);
  const before = await view.getAttribute('style');
  await page.reload();
  await expect(element(page, 'w2')).toHaveAttribute('data-selected', 'true');
  await expect(view).toHaveAttribute('style', before ?? '');
  await expect(page.getByRole('complementary', { name: 'About' })).toBeVisible();
});

test('EDIT-9 a link onto a taken output replaces it, with a word and a way back; none leads to itself', async ({ signedIn: page }) => {
  const definition = chain(wait('w1'));
  definition.elements.push(wait('w2'));
  definition.layout = { start: { x: 0, y: 0 }, w1: { x: 0, y: 136 }, w2: { x: 320, y: 136 } };
  const n = await create('Linked', { definition });
  await openEditor(page, n);
  const w2 = await element(page, 'w2').boundingBox();
  await dragFrom(page, await port(page, 'start', 'next'), { x: (w2?.x ?? 0) + 100, y: (w2?.y ?? 0) + 30 });
  await expect(page.getByText('The former link of “then” was replaced.')).toBeVisible();
  await untilDraft(n, (d) => d.definition.links).toEqual([{ from: 'start', output: 'next', to: 'w2' }]);
  await page.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect.poll(() => draftOf(n)).toBeNull();
  const w1 = await element(page, 'w1').boundingBox();
  await dragFrom(page, await port(page, 'w1', 'next'), { x: (w1?.x ?? 0) + 60, y: (w1?.y ?? 0) + 30 });
  await expect(page.getByText('An element cannot lead to itself.')).toBeVisible();
  // A loop is one.
  await dragFrom(page, await port(page, 'w2', 'next'), { x: (w1?.x ?? 0) + 60, y: (w1?.y ?? 0) + 30 });
  await untilDraft(n, (d) => d.definition.links.length).toBe(2);
});

test('EDIT-10 an element of an unknown type is a grey box, and its settings stay as they are', async ({ signedIn: page }) => {
  const n = await create('From the future', { definition: chain(wait('w1')) });
  const strange = { id: 'x1', type: 'telepathy', settings: { range: { metres: 5 } } };
  const s = await scenarioOf(n);
  await api(
    'PUT',
    `/scenarios/${n}/draft`,
    {
      base: 1,
      definition: {
        ...s.definition,
        elements: [...s.definition.elements, strange],
        links: [...s.definition.links, { from: 'w1', output: 'next', to: 'x1' }],
      },
      settings: s.settings,
      bin: [],
    },
    { 'If-Match': '"0"' },
  );
  await openEditor(page, n);
  await expect(element(page, 'x1')).toHaveAttribute('data-category', 'unknown');
  await element(page, 'x1').dblclick();
  await expect(window_(page)).toContainText('This console does not know this type of element.');
  expect(await findings(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await element(page, 'w1').click();
  await page.keyboard.press('Alt+ArrowRight');
  await untilDraft(n, (d) => d.definition.elements.find((e) => e.id === 'x1')).toEqual(strange);
});

test('EDIT-11 many are chosen by a frame, moved, duplicated and tidied together', async ({ signedIn: page }) => {
  const n = await create('Many at once', { definition: chain(wait('w1'), wait('w2')) });
  await openEditor(page, n);
  const [first, last] = [await element(page, 'w1').boundingBox(), await element(page, 'w2').boundingBox()];
  if (!first || !last) throw new Error('nothing is drawn');
  await dragFrom(page, { x: first.x - 60, y: first.y - 20 }, { x: last.x + last.width + 30, y: last.y + last.height + 20 });
  await expect(page.locator('[data-el][data-selected]')).toHaveCount(2);
  await expect(tool(page, 'Tidy the selection')).toBeVisible();
  await element(page, 'w1').focus();
  await page.keyboard.press('Control+d');
  await expect(page.locator('[data-el]')).toHaveCount(5);
  await page.keyboard.press('Control+a');
  await expect(page.locator('[data-el][data-selected]')).toHaveCount(5);
  await page.keyboard.press('Escape');
  await expect(page.locator('[data-el][data-selected]')).toHaveCount(0);
});

test('EDIT-12 the outline tells the whole graph and leads to each element; at most twelve stops for the tab key', async ({ signedIn: page }) => {
  const definition = chain(
    {
      id: 's1',
      type: 'split',
      settings: {
        branches: [
          { output: 'A', percent: 50 },
          { output: 'B', percent: 50 },
        ],
      },
    },
    wait('w1'),
  );
  definition.elements.push(wait('w2'), wait('alone'));
  definition.links.push({ from: 's1', output: 'B', to: 'w2' });
  const n = await create('Outlined', { definition });
  await openEditor(page, n);
  await page.getByText('Outline', { exact: true }).click();
  const outline = page.getByRole('complementary', { name: 'Elements' });
  await expect(outline.getByRole('listitem')).toHaveText(['Default', 'Split', 'A · Wait', 'B · Wait', 'Wait']);
  expect(await findings(page)).toEqual([]);
  await outline.getByRole('button', { name: 'B · Wait' }).click();
  await expect(element(page, 'w2')).toBeFocused();
  const stops = await page.evaluate(() => {
    const surface = document.querySelector('.surface');
    return [...(surface?.querySelectorAll<HTMLElement>('a[href], button, input, [tabindex]') ?? [])].filter(
      (e) => e.tabIndex >= 0 && e.offsetParent !== null,
    ).length;
  });
  expect(stops).toBeLessThanOrEqual(12);
});
