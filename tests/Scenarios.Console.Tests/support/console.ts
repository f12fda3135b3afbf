/** A page of the console, signed in; and the eye that sees what axe sees. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test as base, expect, type Page } from '@playwright/test';
import { token, url } from './api';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export const test = base.extend<{ faults: string[]; signedIn: Page }>({
  // What a page throws is a failure of its test, whatever the test looked at.
  faults: [
    async ({ page }, use) => {
      const faults: string[] = [];
      page.on('pageerror', (e) => faults.push(e.message));
      await use(faults);
      expect(faults).toEqual([]);
    },
    { auto: true },
  ],
  signedIn: async ({ page }, use) => {
    await page.goto(url());
    await page.getByLabel('Token').fill(token());
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('navigation', { name: 'Pages' }).waitFor();
    await use(page);
  },
});

export { expect };

export async function openEditor(page: Page, number: number) {
  await page.goto(`${url()}/scenarios/${number}`);
  await page.locator('[data-el="start"]').waitFor();
}

/** What axe finds, as rule and place; nothing is what it shall find. */
export async function findings(page: Page): Promise<string[]> {
  // Evaluated by the driver, since the page's policy lets nothing else in.
  await page.evaluate(axe);
  return page.evaluate(async (wanted) => {
    const { axe: seen } = window as unknown as { axe: { run: (context: Document, options: object) => Promise<{ violations: { id: string; nodes: { target: string[] }[] }[] }> } };
    const { violations } = await seen.run(document, { runOnly: wanted });
    return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}`));
  }, tags);
}
