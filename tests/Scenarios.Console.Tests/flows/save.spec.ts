import type { Page } from '@playwright/test';
import { api, captureMany, chain, create, draftOf, live, running, scenarioOf, untilDraft, url, wait, walk } from '../support/api';
import { element, expect, findings, openEditor, otherPerson, test, tool } from '../support/console';

const state = (page: Page) => page.locator('.draft-status [role=status]');
const save = (page: Page) => page.getByRole('toolbar', { name: 'Editor' }).getByRole('button', { name: /^Save/ });
const dialog = (page: Page) => page.getByRole('dialog');

async function setDays(page: Page, id: string, days: number) {
  await element(page, id).dblclick();
  await dialog(page).getByRole('textbox', { name: 'How long: days' }).fill(String(days));
  await dialog(page).getByRole('button', { name: 'Apply' }).click();
  await expect(dialog(page)).toHaveCount(0);
}

test('SAVE-1 an edit becomes a draft, and what runs is not touched', async ({ signedIn: page }) => {
  const n = await running('Autosaved');
  await openEditor(page, n);
  await expect(state(page)).toHaveText('Version 1');
  await setDays(page, 'w1', 2);
  await expect(state(page)).toHaveText(/^Draft saved \d\d:\d\d/);
  await expect(page.getByText('version 1 is running')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  expect((await scenarioOf(n)).revision).toBe(1);
  expect((await scenarioOf(n)).definition.elements[1]?.settings).toEqual({ duration: { days: 1 } });
  expect((await draftOf(n))?.definition.elements[1]?.settings).toEqual({ duration: { days: 2 } });
});

test('SAVE-2 Save makes the next version, which the list of versions shows', async ({ signedIn: page }) => {
  const n = await create('Saved', { definition: chain(wait('w1'), { id: 'e1', type: 'end' }) });
  await openEditor(page, n, '?panel=versions');
  await setDays(page, 'w1', 3);
  await page.keyboard.press('Control+s');
  await expect(page.getByText('Version 2 is saved.')).toBeVisible();
  await expect(state(page)).toHaveText('Version 2');
  expect((await scenarioOf(n)).revision).toBe(2);
  expect(await draftOf(n)).toBeNull();
  await expect(page.getByRole('complementary', { name: 'Versions' }).getByRole('listitem')).toHaveCount(2);
});

test('SAVE-3 moving, linking, deleting, renaming, setting and pasting each make it changed', async ({ signedIn: page }) => {
  const n = await create('Each edit', { definition: chain(wait('w1'), wait('w2')) });
  const edits: Record<string, () => Promise<void>> = {
    move: () => page.keyboard.press('Alt+ArrowRight'),
    unlink: async () => {
      await page.locator('.react-flow__edge[data-id="start next"]').click({ force: true });
      await page.getByRole('button', { name: 'Remove this link' }).click();
    },
    delete: () => page.keyboard.press('Delete'),
    rename: async () => {
      await page.keyboard.press('Enter');
      await dialog(page).getByRole('textbox', { name: 'Name', exact: true }).fill('Another name');
      await page.keyboard.press('Control+Enter');
    },
    settings: () => setDays(page, 'w1', 9),
    paste: async () => {
      await page.keyboard.press('Control+c');
      await page.keyboard.press('Control+v');
    },
  };
  for (const [what, edit] of Object.entries(edits)) {
    await openEditor(page, n);
    await element(page, 'w1').click();
    await edit();
    await expect(state(page), what).toHaveText(/^Draft saved/);
    await page.getByRole('button', { name: 'Discard' }).click();
    await expect(state(page), what).toHaveText('Version 1');
    expect(await draftOf(n), what).toBeNull();
  }
});

test('SAVE-4 a draft that cannot be sent stays changed, is told, outlives a reload, and is sent at last', async ({ signedIn: page }) => {
  const n = await create('Offline', { definition: chain(wait('w1')) });
  await openEditor(page, n);
  await page.route('**/draft', (route) => (route.request().method() === 'PUT' ? route.abort() : route.fallback()));
  await setDays(page, 'w1', 5);
  await expect(state(page)).toHaveText('Offline, kept here');
  await expect(save(page)).toBeEnabled();
  expect(await findings(page)).toEqual([]);
  page.on('dialog', (asked) => void asked.accept());
  await page.reload();
  await expect(page.getByText('This browser holds changes that never reached the server.')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Take them up' }).click();
  await expect(element(page, 'w1')).toContainText('5 days');
  await page.unroute('**/draft');
  await expect(state(page)).toHaveText(/^Draft saved/);
  expect((await draftOf(n))?.definition.elements[1]?.settings).toEqual({ duration: { days: 5 } });
});

test('SAVE-5 two browsers: the second is told, both documents survive', async ({ signedIn: page, browser }) => {
  const n = await create('Two at once', { definition: chain(wait('w1')) });
  const other = await otherPerson(browser);
  await openEditor(page, n);
  await openEditor(other, n);
  await setDays(page, 'w1', 2);
  await expect(state(page)).toHaveText(/^Draft saved/);
  await setDays(other, 'w1', 7);
  const conflict = other.getByRole('dialog', { name: 'Somebody else was here' });
  await expect(conflict).toContainText('Changed: Wait');
  expect(await findings(other)).toEqual([]);
  await conflict.getByRole('button', { name: 'See what changed' }).click();
  await expect(conflict.locator('[data-el="w1"][data-mark="changed"]')).toBeVisible();
  expect(await findings(other)).toEqual([]);
  await conflict.getByRole('button', { name: 'Take theirs' }).click();
  await expect(element(other, 'w1')).toContainText('2 days');
  // Mine is one step back.
  await other.keyboard.press('Control+z');
  await expect(element(other, 'w1')).toContainText('7 days');
  await untilDraft(n, (d) => d.definition.elements[1]?.settings).toEqual({ duration: { days: 7 } });
  await setDays(page, 'w1', 3);
  await page.getByRole('dialog', { name: 'Somebody else was here' }).getByRole('button', { name: 'Keep mine' }).click();
  await untilDraft(n, (d) => d.definition.elements[1]?.settings).toEqual({ duration: { days: 3 } });
  await other.context().close();
});

test('SAVE-6 leaving with changes that were not sent asks', async ({ signedIn: page }) => {
  const n = await create('Left', { definition: chain(wait('w1')) });
  await openEditor(page, n);
  await page.route('**/draft', (route) => (route.request().method() === 'PUT' ? route.abort() : route.fallback()));
  await setDays(page, 'w1', 5);
  await expect(state(page)).toHaveText('Offline, kept here');
  const asked = page.waitForEvent('dialog');
  const closing = page.close({ runBeforeUnload: true });
  const question = await asked;
  expect(question.type()).toBe('beforeunload');
  await question.accept();
  await closing;
});

test('SAVE-7 undo works after an autosave, and after a save', async ({ signedIn: page }) => {
  const n = await create('Undone later', { definition: chain(wait('w1')) });
  await openEditor(page, n);
  await setDays(page, 'w1', 2);
  await expect(state(page)).toHaveText(/^Draft saved/);
  await save(page).click();
  await expect(page.getByText('Version 2 is saved.')).toBeVisible();
  await tool(page, 'Undo: Change Wait').click();
  await expect(element(page, 'w1')).toContainText('1 day');
  await untilDraft(n, (d) => d.definition.elements[1]?.settings).toEqual({ duration: { days: 1 } });
});

test('SAVE-8 a server that goes away under the page comes back to it, with the numbers and the draft', async ({ signedIn: page, server }) => {
  const n = await running('Server restarted');
  await captureMany(n, 2, 'restart');
  await openEditor(page, n);
  await expect(element(page, 'w1').locator('.live')).toHaveText(/^2/);
  // The settings window is part of what comes when the page is idle: by now it is here.
  await setDays(page, 'w1', 5);
  await expect(state(page)).toHaveText(/^Draft saved/);
  await server.stop('SIGKILL');
  await setDays(page, 'w1', 6);
  await expect(state(page)).toHaveText('Offline, kept here');
  await server.run();
  await captureMany(n, 3, 'restarted');
  await expect(state(page)).toHaveText(/^Draft saved/, { timeout: 60_000 });
  await expect(element(page, 'w1').locator('.live')).toHaveText(/^5/, { timeout: 60_000 });
  await untilDraft(n, (d) => d.definition.elements[1]?.settings).toEqual({ duration: { days: 6 } });
});

test('SAVE-9 Save pressed while the draft is on its way waits for it, and leaves no draft behind', async ({ signedIn: page }) => {
  const n = await create('At once', { definition: chain(wait('w1'), { id: 'e1', type: 'end' }) });
  await openEditor(page, n);
  const puts: string[] = [];
  page.on('request', (r) => {
    if (r.method() === 'PUT') puts.push(r.url());
  });
  let arrives = () => {};
  const held = new Promise<void>((resolve) => {
    arrives = resolve;
  });
  await page.route('**/draft', async (route) => {
    const response = await route.fetch();
    await held;
    await route.fulfill({ response });
  });
  await setDays(page, 'w1', 2);
  await expect.poll(() => puts.length).toBe(1);
  await page.keyboard.press('Control+s');
  await expect(save(page)).toHaveAttribute('data-loading', 'true');
  expect(puts).toHaveLength(1);
  arrives();
  await expect(page.getByText('Version 2 is saved.')).toBeVisible();
  await expect(state(page)).toHaveText('Version 2');
  expect(await draftOf(n)).toBeNull();
});

test('PUB-1 nothing is asked when nobody is touched', async ({ signedIn: page }) => {
  const n = await create('Just saved', { definition: chain(wait('w1'), { id: 'e1', type: 'end' }) });
  await openEditor(page, n);
  await setDays(page, 'w1', 2);
  await save(page).click();
  await expect(page.getByText('Version 2 is saved.')).toBeVisible();
  await expect(dialog(page)).toHaveCount(0);
});

test('PUB-2 the plan tells the numbers that the API tells', async ({ signedIn: page }) => {
  const n = await running('Touches seven');
  await captureMany(n, 7, 'seven');
  await openEditor(page, n);
  await setDays(page, 'w1', 2);
  // The API is asked about the draft below, and none is sent while a save is under way.
  await expect(state(page)).toHaveText(/^Draft saved/);
  await save(page).click();
  await expect(dialog(page).getByRole('combobox', { name: '7 profiles wait here and shall' })).toHaveValue('wait by the new rule, since they came');
  const s = await scenarioOf(n);
  const plan = await api<{ changes: { element: string; inside: number; effect: string }[] }>(
    'PUT',
    `/scenarios/${n}?dryRun=true`,
    { definition: (await draftOf(n))?.definition, settings: s.settings },
    { 'If-Match': `"${s.revision}"` },
  );
  expect(plan.changes.filter((c) => c.inside > 0)).toMatchObject([{ element: 'w1', inside: 7, effect: 'recomputes' }]);
  expect(await findings(page)).toEqual([]);
  await dialog(page).getByRole('textbox', { name: 'Note' }).fill('Two days are better');
  await dialog(page).getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Version 2 is saved.')).toBeVisible();
});

test('PUB-6 who waits where a wait was changed goes by the new rule, or leaves when it would have left', async ({ signedIn: page }) => {
  const n = await running('Kept and recomputed', { definition: chain(wait('w1'), wait('w2'), { id: 'e1', type: 'end' }) });
  await captureMany(n, 2, 'times');
  const leaves = async (id: string) =>
    (await api<{ items: { leavesAt: string; arrivedAt: string }[] }>('GET', `/scenarios/${n}/elements/${id}/runs`)).items.map(
      (r) => (Date.parse(r.leavesAt) - Date.parse(r.arrivedAt)) / 86_400_000,
    );
  const first = (await api<{ items: { runId: string }[] }>('GET', `/scenarios/${n}/elements/w1/runs`)).items[0];
  await api('POST', `/scenarios/${n}/runs/${first?.runId}:release`, {});
  await expect.poll(() => live(n).then((l) => l.elements)).toEqual({ w1: 1, w2: 1 });
  await openEditor(page, n);
  await setDays(page, 'w1', 3);
  await setDays(page, 'w2', 3);
  await save(page).click();
  const choice = dialog(page).getByRole('row').nth(1).getByRole('combobox', { name: '1 profile waits here and shall' });
  await choice.click();
  await page.getByRole('option', { name: 'leave when they would have left' }).click();
  await expect(choice).toHaveValue('leave when they would have left');
  expect(await findings(page)).toEqual([]);
  await dialog(page).getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Version 2 is saved.')).toBeVisible();
  expect(await leaves('w1')).toEqual([1]);
  await expect.poll(() => leaves('w2')).toEqual([3]);
});

test('PUB-3 an element where somebody stands is not deleted without a choice', async ({ signedIn: page }) => {
  const n = await running('Somebody stands there', { definition: chain(wait('w1'), wait('w2'), { id: 'e1', type: 'end' }) });
  await captureMany(n, 3, 'stands');
  await openEditor(page, n);
  await element(page, 'w1').click();
  await page.keyboard.press('Delete');
  await save(page).click();
  await expect(dialog(page).getByRole('button', { name: 'Save' })).toBeDisabled();
  expect(await findings(page)).toEqual([]);
  await dialog(page)
    .getByRole('combobox', { name: /3 profiles stand here/ })
    .click();
  await page.getByRole('option', { name: 'go on at “Wait”' }).click();
  await dialog(page).getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Version 2 is saved.')).toBeVisible();
  await expect.poll(async () => (await live(n)).elements).toEqual({ w2: 3 });
});

test('PUB-4 a save over a version that somebody else made is refused and asked about', async ({ signedIn: page }) => {
  const n = await create('Overtaken', { definition: chain(wait('w1')) });
  await openEditor(page, n);
  await setDays(page, 'w1', 2);
  await expect(state(page)).toHaveText(/^Draft saved/);
  const s = await scenarioOf(n);
  await api('PUT', `/scenarios/${n}`, { definition: chain(wait('w1', 9)), settings: s.settings }, { 'If-Match': `"${s.revision}"` });
  await save(page).click();
  const conflict = page.getByRole('dialog', { name: 'Somebody else was here' });
  await expect(conflict).toContainText('Version 2 was saved');
  await conflict.getByRole('button', { name: 'Keep mine' }).click();
  await expect(conflict).toBeHidden();
  await expect(state(page)).toHaveText(/^Draft saved/);
  await save(page).click();
  await expect(page.getByText('Version 3 is saved.')).toBeVisible();
  expect((await scenarioOf(n)).definition.elements[1]?.settings).toEqual({ duration: { days: 2 } });
});

test('PUB-5 pressing Save twice makes one version', async ({ signedIn: page }) => {
  const n = await running('Pressed twice');
  await captureMany(n, 1, 'twice');
  await openEditor(page, n);
  await setDays(page, 'w1', 2);
  await save(page).dblclick();
  await dialog(page).getByRole('button', { name: 'Save' }).dblclick();
  await expect(page.getByText('Version 2 is saved.')).toBeVisible();
  expect((await api<{ items: unknown[] }>('GET', `/scenarios/${n}/revisions`)).items).toHaveLength(2);
});

test('ACT-1 the switch alone changes nothing; with Save it does, and captures work', async ({ signedIn: page }) => {
  const n = await create('Switched on', { definition: chain(wait('w1'), { id: 'e1', type: 'end' }) });
  await openEditor(page, n);
  await page.getByRole('switch', { name: 'Active' }).check();
  await expect(state(page)).toHaveText(/^Draft saved/);
  expect((await scenarioOf(n)).status).toBe('inactive');
  // The switch is part of the draft.
  await page.reload();
  await expect(page.getByRole('switch', { name: 'Active' })).toBeChecked();
  await expect(save(page)).toHaveText('Save and activate');
  await save(page).click();
  expect(await findings(page)).toEqual([]);
  await dialog(page).getByRole('button', { name: 'Save and activate' }).click();
  await expect(page.getByText('Version 1 is saved and active.')).toBeVisible();
  expect((await scenarioOf(n)).status).toBe('active');
  await captureMany(n, 2, 'act');
  await expect(element(page, 'w1').locator('.live')).toHaveText(/^2/);
  await page.getByRole('switch', { name: 'Active' }).uncheck();
  await expect(save(page)).toHaveText('Save and stop');
  await save(page).click();
  await expect(dialog(page)).toContainText('2 profiles inside now');
  await expect(dialog(page).getByRole('radio', { name: 'End' })).toBeChecked();
  expect(await findings(page)).toEqual([]);
  await dialog(page).getByRole('button', { name: 'Save and stop' }).click();
  await expect.poll(async () => (await scenarioOf(n)).status).toBe('inactive');
  await expect(element(page, 'w1').locator('.live')).toHaveCount(0);
});

test('ACT-2 an incomplete scenario is saved while stopped, and not switched on', async ({ signedIn: page }) => {
  const n = await create('Incomplete', { definition: chain({ id: 'h1', type: 'webhook' }) });
  await openEditor(page, n);
  await page.getByRole('switch', { name: 'Active' }).check();
  await save(page).click();
  await expect(dialog(page)).toContainText('An active scenario must be complete');
  await expect(dialog(page).getByRole('button', { name: 'Save and activate' })).toBeDisabled();
  expect(await findings(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByRole('switch', { name: 'Active' }).uncheck();
  await expect(state(page)).toHaveText('Version 1');
  expect(walk((await scenarioOf(n)).definition)).toBe('apiCall > webhook');
});

test('ACT-3 what others do to the scenario shows without a reload', async ({ signedIn: page }) => {
  const n = await create('Switched by others', { definition: chain(wait('w1'), { id: 'e1', type: 'end' }) });
  await page.goto(`${url()}/scenarios/${n}`);
  await expect(page.getByRole('switch', { name: 'Active' })).not.toBeChecked();
  await api('POST', `/scenarios/${n}:activate`, {});
  await expect(page.getByRole('switch', { name: 'Active' })).toBeChecked();
  const s = await scenarioOf(n);
  await api(
    'PUT',
    `/scenarios/${n}`,
    { definition: chain(wait('w1', 4), { id: 'e1', type: 'end' }), settings: s.settings },
    { 'If-Match': `"${s.revision}"` },
  );
  await expect(element(page, 'w1')).toContainText('4 days');
  await expect(page.getByText('Version 2 was saved by somebody else.')).toBeVisible();
});
