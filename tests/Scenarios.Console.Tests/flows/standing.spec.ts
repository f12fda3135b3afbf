import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { api, capture, captureMany, chain, live, newToken, running, url, wait } from '../support/api';
import { element, expect, findings, goTo, openEditor, otherPerson, test } from '../support/console';
import { onThisMachine } from '../support/machine';

const badge = (page: Page, id: string) => element(page, id).locator('.live');
const standing = (page: Page, name: string) => page.getByRole('dialog', { name: `Profiles in “${name}”` });
const row = (page: Page, profile: string) => page.locator(`tr[aria-label="${profile}"]`);
const named = (id: string, name: string, settings: Record<string, unknown> = { duration: { days: 1 } }) => ({ id, type: 'wait', name, settings });

interface Standing {
  items: { runId: string; profileId: string; leavesAt: string }[];
}

const at = (n: number, id: string) => api<Standing>('GET', `/scenarios/${n}/elements/${id}/runs`);
const runOf = (n: number, profile: string) =>
  api<{ items: { runId: string; state: string; element: string; reason: string | null }[] }>('GET', `/scenarios/${n}/runs?profileId=${profile}`).then(
    (p) => p.items[0],
  );

/** A scenario whose first wait is called A day, then a second. */
const twoWaits = { definition: chain(named('w1', 'A day'), named('w2', 'Two days', { duration: { days: 2 } })) };

test('LIVE-1 a number appears within two seconds of an entry, changes, and is gone when nobody stands there', async ({ signedIn: page }) => {
  const n = await running('Numbers', twoWaits);
  await openEditor(page, n);
  await expect(badge(page, 'w1')).toHaveCount(0);
  await capture(n, 'live1-a');
  await expect(badge(page, 'w1')).toHaveText('1', { timeout: 4000 });
  await captureMany(n, 2, 'live1');
  await expect(badge(page, 'w1')).toHaveText('3', { timeout: 4000 });
  await api('POST', `/scenarios/${n}:clear`, {});
  await expect(badge(page, 'w1')).toHaveCount(0, { timeout: 4000 });
});

test('LIVE-2 with two hundred elements in view a number is still big enough to read and to hit', async ({ signedIn: page }) => {
  const many = Array.from({ length: 199 }, (_, i) => named(`w${i}`, `Wait ${i}`));
  const layout = Object.fromEntries(many.map((e, i) => [e.id, { x: (i % 14) * 272, y: 136 + Math.floor(i / 14) * 136 }]));
  const n = await running('Two hundred', { definition: { ...chain(...many), layout: { start: { x: 0, y: 0 }, ...layout } } });
  await capture(n, 'far');
  await openEditor(page, n);
  await page.getByRole('button', { name: /^Fit/ }).click();
  await expect(page.locator('.surface')).toHaveAttribute('data-zoom', 'far');
  await expect.poll(async () => (await badge(page, 'w0').boundingBox())?.height ?? 0).toBeGreaterThanOrEqual(24);
  await badge(page, 'w0').click();
  await expect(standing(page, 'Wait 0')).toBeVisible();
});

test('LIVE-3 a tick draws its number and nothing else', async ({ signedIn: page }) => {
  const n = await running('Quiet', twoWaits);
  await capture(n, 'live3-a');
  await openEditor(page, n);
  await expect(badge(page, 'w1')).toHaveText('1');
  await page.evaluate(() => {
    const touched: string[] = [];
    Object.assign(window, { touched });
    new MutationObserver((all) => {
      for (const m of all) {
        const place = m.target instanceof Element ? m.target : m.target.parentElement;
        if (!place?.closest('.live')) touched.push(`${m.type} ${m.attributeName ?? ''} ${place?.className ?? ''}`);
      }
    }).observe(document.querySelector('.react-flow__nodes') as Node, { subtree: true, childList: true, attributes: true, characterData: true });
  });
  await captureMany(n, 5, 'live3');
  await expect(badge(page, 'w1')).toHaveText('6');
  expect(await page.evaluate(() => (window as unknown as { touched: string[] }).touched)).toEqual([]);
});

test('LIVE-4 over a restart of the server the page says that its numbers are old, and then has the right ones by itself', async ({
  signedIn: page,
  server,
}) => {
  const n = await running('Restarted', twoWaits);
  await captureMany(n, 3, 'live4');
  await openEditor(page, n);
  await expect(badge(page, 'w1')).toHaveText('3');
  await server.stop('SIGKILL');
  await expect(page.getByText(/not fresh/)).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await server.run();
  await capture(n, 'live4-after');
  await expect(badge(page, 'w1')).toHaveText('4', { timeout: 40_000 });
  await expect(page.getByText(/not fresh/)).toBeHidden();
});

test('LIVE-5 ticks move no focus and close no menu', async ({ signedIn: page }) => {
  const n = await running('Undisturbed', twoWaits);
  await openEditor(page, n);
  await page.getByRole('button', { name: /signed in as/ }).click();
  const item = page.getByRole('menuitem', { name: 'Keyboard' });
  await item.focus();
  await captureMany(n, 4, 'live5');
  await expect(badge(page, 'w1')).toHaveText('4');
  await expect(item).toBeFocused();
});

test('MOD-1 the time of leaving is the run’s to the second, and when it has come the profile stands in the next element', async ({
  signedIn: page,
}) => {
  const n = await running('Leaving', { definition: chain(named('w1', 'A moment', { duration: { seconds: 6 } }), named('w2', 'After')) });
  await capture(n, 'mod1');
  const leavesAt = (await at(n, 'w1')).items[0]?.leavesAt ?? '';
  await openEditor(page, n);
  await badge(page, 'w1').click();
  const time = row(page, 'mod1').locator('td').nth(3).locator('time');
  await expect(time).toHaveAttribute('datetime', leavesAt);
  const shown = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Europe/Oslo',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(new Date(leavesAt));
  await expect(time).toContainText(shown);
  await expect(time).toHaveAttribute('title', /UTC.* · in \d+ s/);
  await page.getByRole('button', { name: '1 gone' }).click();
  await expect(standing(page, 'A moment').getByText('Nobody is here now.')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(element(page, 'w1')).toBeFocused();
  await badge(page, 'w2').click();
  await expect(row(page, 'mod1')).toBeVisible();
});

test('MOD-2 the content of a capture is a file with exactly what was sent; MOD-3 and without content there is none', async ({ signedIn: page }) => {
  const n = await running('With content', twoWaits);
  const content = { order: { id: 42, total: 12.5, items: ['a', 'ü'] } };
  await api('POST', `/scenarios/${n}/captures`, { profileId: 'with', profile: {}, content });
  await capture(n, 'without');
  await openEditor(page, n);
  await badge(page, 'w1').click();
  const coming = page.waitForEvent('download');
  await row(page, 'with').getByRole('link', { name: 'Content of with' }).click();
  const file = await coming;
  expect(file.suggestedFilename()).toBe(`run-${(await runOf(n, 'with'))?.runId}.json`);
  expect(JSON.parse(readFileSync(await file.path(), 'utf8'))).toEqual(content);
  await expect(row(page, 'without').getByRole('link', { name: /^Content/ })).toHaveCount(0);
});

test('MOD-4 what is removed is gone from the list and the number, and never runs on', async ({ signedIn: page }) => {
  const n = await running('Removing', twoWaits);
  await captureMany(n, 3, 'mod4');
  await openEditor(page, n);
  await badge(page, 'w1').click();
  expect(await findings(page)).toEqual([]);
  await row(page, 'mod4-1').getByRole('button', { name: 'Remove mod4-1' }).click();
  const confirm = page.getByRole('dialog', { name: 'Remove mod4-1?' });
  await expect(confirm.getByRole('button', { name: 'Cancel' })).toBeFocused();
  expect(await findings(page)).toEqual([]);
  await confirm.getByRole('button', { name: 'Remove' }).click();
  await expect(row(page, 'mod4-1')).toHaveCount(0);
  await expect(row(page, 'mod4-0')).toBeVisible();
  await expect(badge(page, 'w1')).toHaveText('2');
  expect(await runOf(n, 'mod4-1')).toMatchObject({ state: 'left', reason: 'removed', element: 'w1' });
  expect((await live(n)).elements).toEqual({ w1: 2 });
});

test('MOD-5 a profile is opened from the window, and back leads to the open window', async ({ signedIn: page }) => {
  const n = await running('There and back', twoWaits);
  await api('POST', `/scenarios/${n}/captures`, { profileId: 'ann@example.com', profile: { email: 'ann@example.com' } });
  await openEditor(page, n);
  await badge(page, 'w1').click();
  await page.getByRole('link', { name: 'ann@example.com' }).click();
  await expect(page.getByRole('heading', { name: 'ann@example.com', level: 1 })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'ann@example.com', level: 1 })).toBeVisible();
  await page.goBack();
  await expect(standing(page, 'A day')).toBeVisible();
  await expect(row(page, 'ann@example.com')).toBeVisible();
});

test('MOD-6 of a hundred thousand profiles the first fifty come in less than half a second, and then fifty more', async ({ signedIn: page }) => {
  test.setTimeout(180_000);
  const n = await running('Full', twoWaits);
  const total = 100_000;
  const step = 5000;
  for (let i = 0; i < total; i += 2 * step)
    await Promise.all(
      [i, i + step].map((from) =>
        api('POST', `/scenarios/${n}/captures:batch`, {
          items: Array.from({ length: step }, (_, j) => ({ profileId: `full-${from + j}`, profile: {} })),
        }),
      ),
    );
  await openEditor(page, n);
  await expect(badge(page, 'w1')).toHaveText('100K');
  await expect(badge(page, 'w1')).toHaveAttribute('aria-label', '100K, exactly 100,000, profiles in A day. Show them');
  // The machine may be busy with something else for a moment.
  await expect(async () => {
    const answered = page.waitForResponse((r) => r.url().includes('/elements/w1/runs'));
    await page.goto(`${url()}/scenarios/${n}?at=w1`);
    const answer = await answered;
    await answer.finished();
    expect(answer.request().timing().responseEnd).toBeLessThan(onThisMachine(500));
  }).toPass();
  await expect(standing(page, 'A day').getByText('50 profiles shown')).toBeVisible();
  await page.getByRole('button', { name: 'Load 50 more' }).click();
  await expect(standing(page, 'A day').getByText('100 profiles shown')).toBeVisible();
  expect(await findings(page)).toEqual([]);
});

test('MOD-14 who stands here and matches is a file of commas, over all pages of the API', async ({ signedIn: page }) => {
  const n = await running('As a table', twoWaits);
  await captureMany(n, 1500, 'csv');
  await api('POST', `/scenarios/${n}/captures`, { profileId: '=ann', profile: { email: 'ann@shop.example' } });
  await openEditor(page, n, '?at=w1');
  const written = async () => {
    const coming = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export CSV' }).click();
    const file = await coming;
    expect(file.suggestedFilename()).toBe(`scenario-${n}-w1.csv`);
    return readFileSync(await file.path(), 'utf8')
      .trimEnd()
      .split('\r\n');
  };
  const lines = await written();
  expect(lines[0]).toBe('\uFEFFprofileId,name,email,enteredAt,arrivedAt,leavesAt,runId');
  expect(new Set(lines.slice(1).map((l) => l.split(',')[0])).size).toBe(1501);
  const ann = (await at(n, 'w1')).items.find((r) => r.profileId === '=ann') ?? (await runOf(n, '%3Dann'));
  expect(lines.find((l) => l.startsWith("'=ann"))).toMatch(new RegExp(`^'=ann,[^,]*,ann@shop\\.example,.*,${ann?.runId}$`));
  await page.getByRole('textbox', { name: 'Find a profile here' }).fill('ann@shop.example');
  await expect(standing(page, 'A day').locator('tbody tr')).toHaveCount(1);
  expect(await written()).toHaveLength(2);
});

test('MOD-7 a selection is dealt with as one task, and so is everybody at the element', async ({ signedIn: page }) => {
  const n = await running('In bulk', twoWaits);
  await captureMany(n, 60, 'mod7');
  await openEditor(page, n);
  await badge(page, 'w1').click();
  for (const i of [0, 1, 2]) await standing(page, 'A day').locator('tbody').getByRole('checkbox').nth(i).check();
  await expect(page.getByText('3 profiles chosen')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Release now…' }).click();
  const confirm = page.getByRole('dialog', { name: 'Release now: 3 profiles?' });
  await confirm.getByRole('button', { name: 'Release now' }).click();
  await expect(page.getByText('3 profiles dealt with.')).toBeVisible();
  await expect(badge(page, 'w1')).toHaveText('57');
  await expect(badge(page, 'w2')).toHaveText('3');

  await page.getByRole('checkbox', { name: 'Choose all that are shown' }).check();
  await expect(page.getByText('50 profiles chosen')).toBeVisible();
  await page.getByRole('button', { name: 'Choose all 57 here' }).click();
  await page.getByRole('button', { name: 'Remove…' }).click();
  await page.getByRole('dialog', { name: 'Remove: 57 profiles?' }).getByRole('button', { name: 'Remove' }).click();
  await expect(standing(page, 'A day').getByText('Nobody is here now.')).toBeVisible();
  expect((await live(n)).elements).toEqual({ w2: 3 });
});

test('MOD-8 a profile is released, another waits longer, and each shows at once', async ({ signedIn: page }) => {
  const n = await running('By hand', twoWaits);
  await captureMany(n, 2, 'mod8');
  await openEditor(page, n);
  await badge(page, 'w1').click();
  await page.getByRole('button', { name: 'Menu of mod8-0' }).click();
  expect(await findings(page)).toEqual([]);
  await page.getByRole('menuitem', { name: 'Release now' }).click();
  await page.getByRole('dialog', { name: 'Release mod8-0 now?' }).getByRole('button', { name: 'Release now' }).click();
  await expect(row(page, 'mod8-0')).toHaveCount(0);
  await expect(badge(page, 'w2')).toHaveText('1');

  await page.getByRole('button', { name: 'Menu of mod8-1' }).click();
  await page.getByRole('menuitem', { name: 'Postpone…' }).click();
  const postpone = page.getByRole('dialog', { name: 'Postpone mod8-1' });
  await postpone.getByLabel('Waits until').fill('2020-01-01T09:00');
  await postpone.getByRole('button', { name: 'Postpone' }).click();
  await expect(postpone.getByText('Must be an instant in the future, within ten years.')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  const until = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10);
  await postpone.getByLabel('Waits until').fill(`${until}T09:00`);
  await postpone.getByRole('button', { name: 'Postpone' }).click();
  await expect(row(page, 'mod8-1').locator('td').nth(3)).toContainText(/09:00:00/);
  expect((await at(n, 'w1')).items[0]?.leavesAt).toContain(until);
});

test('MOD-9 somebody is found by id and by email; the soonest come first where one asks; new ones are announced and wait', async ({
  signedIn: page,
}) => {
  const n = await running('Finding', twoWaits);
  for (const [id, email] of [
    ['ann', 'ann@shop.example'],
    ['bo', 'bo@shop.example'],
  ])
    await api('POST', `/scenarios/${n}/captures`, { profileId: id, profile: { email } });
  const last = (await at(n, 'w1')).items.find((r) => r.profileId === 'ann');
  await api('POST', `/scenarios/${n}/runs/${last?.runId}:postpone`, { until: new Date(Date.now() + 20 * 86_400_000).toISOString() });
  await openEditor(page, n);
  await badge(page, 'w1').click();
  const rows = standing(page, 'A day').locator('tbody tr');
  await expect(rows).toHaveCount(2);
  await page.getByRole('textbox', { name: 'Find a profile here' }).fill('bo@shop.example');
  await expect(rows).toHaveCount(1);
  await expect(row(page, 'bo')).toBeVisible();
  await expect(page).toHaveURL(/q=bo/);
  await page.getByRole('textbox', { name: 'Find a profile here' }).fill('nobody');
  await expect(standing(page, 'A day').getByText('Nobody here matches.')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(rows).toHaveCount(2);
  await page.getByRole('combobox', { name: 'Order' }).click();
  await page.getByRole('option', { name: 'Leaves: soonest' }).click();
  await expect(rows.first()).toHaveAttribute('aria-label', 'bo');
  await captureMany(n, 3, 'late');
  await expect(page.getByRole('button', { name: '3 new' })).toBeVisible();
  await expect(rows).toHaveCount(2);
  await page.getByRole('button', { name: '3 new' }).click();
  await expect(rows).toHaveCount(5);
});

test('MOD-10 a profile that has moved on meanwhile is said to have, and its row goes', async ({ signedIn: page }) => {
  const n = await running('Too late', twoWaits);
  await captureMany(n, 2, 'mod10');
  await openEditor(page, n);
  await badge(page, 'w1').click();
  await row(page, 'mod10-0').getByRole('button', { name: 'Remove mod10-0' }).click();
  await api('DELETE', `/scenarios/${n}/runs/${(await runOf(n, 'mod10-0'))?.runId}`);
  await page.getByRole('dialog', { name: 'Remove mod10-0?' }).getByRole('button', { name: 'Remove' }).click();
  await expect(page.getByText('mod10-0 has already moved on.')).toBeVisible();
  await expect(row(page, 'mod10-0')).toHaveCount(0);
  await expect(row(page, 'mod10-1')).toBeVisible();
});

test('MOD-11 by keys alone: N opens, arrows go along, Delete asks, Escape goes back one by one', async ({ signedIn: page }) => {
  const n = await running('By keys', twoWaits);
  await captureMany(n, 3, 'mod11');
  await openEditor(page, n);
  await goTo(page, 'A day');
  await page.keyboard.press('n');
  await expect(standing(page, 'A day').locator('tbody tr')).toHaveCount(3);
  await standing(page, 'A day').locator('tbody tr').first().focus();
  await page.keyboard.press('ArrowDown');
  const second = standing(page, 'A day').locator('tbody tr').nth(1);
  await expect(second).toBeFocused();
  await page.keyboard.press(' ');
  await expect(second.getByRole('checkbox')).toBeChecked();
  await page.keyboard.press('Delete');
  const confirm = page.getByRole('dialog', { name: /^Remove mod11/ });
  await expect(confirm).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(confirm).toBeHidden();
  await expect(standing(page, 'A day')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(standing(page, 'A day')).toBeHidden();
  await expect(element(page, 'w1')).toBeFocused();
  expect((await live(n)).inside).toBe(3);
});

test('MOD-12 who may only look sees who stands there, and nothing to do; where it is stopped nothing can be released', async ({
  signedIn: page,
  browser,
}) => {
  const n = await running('Looking', { ...twoWaits, settings: { freezeOnDeactivate: true } });
  await api('POST', `/scenarios/${n}/captures`, { profileId: 'seen', profile: { email: 'seen@example.com' }, content: { a: 1 } });
  const viewer = await otherPerson(browser, await newToken('looks on', 'viewer'));
  await openEditor(viewer, n, '?at=w1');
  await expect(row(viewer, 'seen')).toBeVisible();
  await expect(row(viewer, 'seen')).not.toContainText('seen@example.com');
  await expect(standing(viewer, 'A day').locator('tbody').getByRole('button')).toHaveCount(0);
  await expect(standing(viewer, 'A day').locator('tbody').getByRole('link')).toHaveCount(0);
  expect(await findings(viewer)).toEqual([]);
  await viewer.context().close();

  await api('POST', `/scenarios/${n}:deactivate`, { mode: 'freeze' });
  await openEditor(page, n, '?at=w1');
  await expect(page.getByText('The scenario is stopped: who is here stands still')).toBeVisible();
  await page.getByRole('button', { name: 'Menu of seen' }).click();
  await expect(page.getByRole('menuitem')).toHaveText(['Postpone…', 'Show its way', 'Remove…']);
  expect(await findings(page)).toEqual([]);
});

test('MOD-13 without anything of its own the window still closes on an element that is no more', async ({ signedIn: page }) => {
  const n = await running('Gone', { definition: chain(wait('w1')) });
  await openEditor(page, n, '?at=nowhere');
  await expect(page.getByRole('dialog').getByText('Not found')).toBeVisible();
  expect(await findings(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});
