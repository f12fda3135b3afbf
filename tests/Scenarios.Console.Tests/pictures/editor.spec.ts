/** The pictures of docs/console.md that show the list, the editor and its windows: made from a small shop. */
import { api, chain, create, type Definition, type Element, scenarioOf, url } from '../support/api';
import { element, expect, openEditor, openList, otherPerson, signIn, test, tool } from '../support/console';
import { picture } from '../support/picture';

const welcome: Definition = {
  elements: [
    { id: 'start', type: 'apiCall', name: 'Default' },
    { id: 'w1', type: 'wait', name: 'A day to breathe', settings: { duration: { days: 1 } } },
    {
      id: 'c1',
      type: 'condition',
      name: 'Gold or first order?',
      settings: {
        branches: [
          { output: 'gold', rules: { all: [{ field: 'tier', op: 'equal', value: 'gold' }] } },
          { output: 'first order', rules: { all: [{ field: 'orders', op: 'equal', value: 1 }] } },
        ],
      },
    },
    {
      id: 'h1',
      type: 'webhook',
      name: 'A gift',
      settings: { method: 'POST', url: 'https://shop.example/gifts', body: '{"id": "{{ profile.id }}"}' },
    },
    {
      id: 's1',
      type: 'split',
      name: 'Which letter',
      settings: {
        branches: [
          { output: 'A', percent: 50 },
          { output: 'B', percent: 50 },
        ],
      },
    },
    { id: 'u1', type: 'updateProfile', name: 'Note the letter', settings: { set: { tier: 'silver' } } },
    {
      id: 'w2',
      type: 'wait',
      name: 'Office hours',
      settings: { window: { weekdays: [1, 2, 3, 4, 5], from: '09:00', to: '18:00' }, zone: 'profile' },
    },
    { id: 'h2', type: 'webhook', name: 'Send the letter', settings: { method: 'POST', url: 'https://shop.example/letters' } },
    { id: 'e1', type: 'end', settings: { goal: 'welcomed' } },
  ],
  links: [
    { from: 'start', output: 'next', to: 'w1' },
    { from: 'w1', output: 'next', to: 'c1' },
    { from: 'c1', output: 'gold', to: 'h1' },
    { from: 'c1', output: 'first order', to: 's1' },
    { from: 's1', output: 'A', to: 'u1' },
    { from: 's1', output: 'B', to: 'w2' },
    { from: 'u1', output: 'next', to: 'w2' },
    { from: 'w2', output: 'next', to: 'h2' },
    { from: 'h2', output: 'success', to: 'e1' },
    { from: 'h1', output: 'success', to: 'e1' },
  ],
};

test('the pictures of docs/console.md', async ({ page, context, browser }) => {
  test.setTimeout(300_000);
  await page.goto(url());
  await page.getByLabel('Token').waitFor();
  await picture(page, 'sign-in');
  await signIn(context);

  const fields = [
    { name: 'tier', type: 'text' },
    { name: 'orders', type: 'number' },
  ];
  await api('POST', '/databases', { name: 'customers', fields });
  for (const [title, tags] of [
    ['Birthday', ['birthday']],
    ['Abandoned basket', ['basket']],
    ['Survey after delivery', []],
    ['Win back the customers who have bought nothing for more than ninety days, northern region', ['win back', 'north', 'second try']],
    ['Back in stock', ['stock']],
  ] as const)
    await create(title, { database: 'customers', about: { tags: [...tags], groups: title.startsWith('Win') ? ['crm'] : [] } });
  const frozen = await create('Term renewal', {
    database: 'customers',
    settings: { freezeOnDeactivate: true },
    definition: chain({ id: 'w1', type: 'wait', settings: { duration: { days: 7 } } }, { id: 'e1', type: 'end' }),
  });
  await api('POST', `/scenarios/${frozen}:activate`, {});
  const many = (n: number, count: number) =>
    api('POST', `/scenarios/${n}/captures:batch`, {
      items: Array.from({ length: count }, (_, i) => ({
        profileId: `p-${i}`,
        profile: { fields: { tier: i % 5 ? 'silver' : 'gold', orders: i % 4 } },
      })),
    });
  await many(frozen, 204);
  await api('POST', `/scenarios/${frozen}:deactivate`, {});
  const { definition, settings } = await scenarioOf(frozen);
  await api('PUT', `/scenarios/${frozen}/draft`, { base: 1, definition, settings, bin: [] }, { 'If-Match': '"0"' });
  const n = await create('Welcome', {
    database: 'customers',
    definition: welcome,
    about: { description: 'Greets who is new.', tags: ['welcome', 'vip'], groups: [] },
  });
  await api('POST', `/scenarios/${n}:activate`, {});
  await many(n, 1402);

  await openList(page);
  await expect(page.getByRole('row', { name: 'Welcome' })).toContainText('1,402');
  await expect(page.locator('.spark').first()).toBeVisible();
  await picture(page, 'list');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('dialog').getByRole('textbox', { name: 'Title', exact: true }).fill('Price alert');
  await picture(page, 'create');
  await page.keyboard.press('Escape');

  await openEditor(page, n);
  await expect(element(page, 'w1').locator('.live')).toBeVisible();
  await picture(page, 'editor');
  await page.getByText('Outline', { exact: true }).click();
  await tool(page, 'About').click();
  await expect(page.getByRole('textbox', { name: 'Description' })).toBeVisible();
  await picture(page, 'editor-dark', 'dark');
  await tool(page, 'About').click();
  await page.getByText('Add', { exact: true }).click();

  for (const [id, name] of [
    ['c1', 'condition'],
    ['w2', 'wait'],
    ['h1', 'webhook'],
  ] as const) {
    await element(page, id).dblclick();
    await expect(page.getByRole('dialog').getByRole('button', { name: 'Apply' })).toBeVisible();
    if (id === 'c1') await expect(page.getByRole('combobox', { name: 'Field' }).first()).toBeVisible();
    await picture(page, name);
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
  }
  await element(page, 'h1').click({ button: 'right' });
  await expect(page.getByRole('menuitem', { name: 'Settings' })).toBeVisible();
  await picture(page, 'element-menu');
  await page.keyboard.press('Escape');
  await tool(page, 'Settings').click();
  await expect(page.getByRole('dialog', { name: 'Scenario settings' })).toBeVisible();
  await picture(page, 'settings', 'dark');
  await page.keyboard.press('Escape');

  await element(page, 'w1').click();
  await page.keyboard.press('Delete');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('dialog').getByRole('combobox')).toBeVisible();
  await picture(page, 'save');
  await page.keyboard.press('Escape');
  const other = await otherPerson(browser);
  await openEditor(other, n);
  await page.keyboard.press('Control+z');
  await expect(page.locator('.draft-status')).toContainText('Version 1');
  await element(other, 'h1').click();
  await other.keyboard.press('Alt+ArrowLeft');
  await expect(other.getByRole('dialog', { name: 'Somebody else was here' })).toBeVisible();
  await other
    .getByRole('button', { name: 'See what changed' })
    .click()
    .catch(() => {});
  await picture(other, 'conflict');
  await other.context().close();
  await page
    .getByRole('button', { name: 'Discard' })
    .click()
    .catch(() => {});

  const s = await scenarioOf(n);
  const changed: Element[] = welcome.elements
    .filter((e) => e.id !== 'u1')
    .map((e) => (e.id === 'w1' ? { ...e, settings: { duration: { days: 2 } } } : e));
  const links = [...welcome.links.filter((l) => l.from !== 'u1' && l.to !== 'u1'), { from: 's1', output: 'A', to: 'e2' }];
  await api(
    'PUT',
    `/scenarios/${n}`,
    {
      definition: { elements: [...changed, { id: 'e2', type: 'end', settings: { goal: 'no letter' } }], links, layout: s.definition.layout },
      settings: s.settings,
      note: 'Variant A gets no letter',
    },
    { 'If-Match': `"${s.revision}"` },
  );
  await page.goto(`${url()}/scenarios/${n}?version=1&panel=versions`);
  await page.getByText('Changed since', { exact: true }).click();
  await expect(element(page, 'e2')).toBeVisible();
  await picture(page, 'compare');
});
