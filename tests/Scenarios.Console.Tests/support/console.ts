/** A page of the console, signed in; and the eye that sees what axe sees. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContext, test as base, expect, type Locator, type Page } from '@playwright/test';
import * as api from './api';
import { Server } from './server';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Signs a context in as the console's own sign-in does, and leaves out the typing. */
export async function signIn(context: BrowserContext, token = api.token()) {
  const answer = await context.request.post(`${api.url()}/api/v1/session`, { data: { token } });
  expect(answer.status()).toBe(201);
}

/** The cookies of the first sign-in of this worker: nobody signs this session out, so that every test can go on with it. */
let session: ReturnType<BrowserContext['cookies']> | null = null;

async function resume(context: BrowserContext) {
  if (session) return context.addCookies(await session);
  await signIn(context);
  session = context.cookies();
}

/** A further person at a further browser. */
export async function otherPerson(browser: Browser, token = api.token()): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await signIn(context, token);
  return context.newPage();
}

export const test = base.extend<{ faults: string[]; signedIn: Page }, { server: Server }>({
  server: [
    async ({}, use) => {
      const server = await Server.start();
      api.use(server);
      await use(server);
      await server.end();
    },
    { scope: 'worker', auto: true, timeout: 200_000 },
  ],
  // What a page throws, or its policy forbids, is a failure of its test, whatever the test looked at.
  faults: [
    async ({ context }, use) => {
      const faults: string[] = [];
      context.on('weberror', (e) => faults.push(e.error().message));
      context.on('console', (m) => {
        if (m.text().includes('Content Security Policy')) faults.push(m.text());
      });
      await use(faults);
      expect(faults).toEqual([]);
    },
    { auto: true },
  ],
  signedIn: async ({ page }, use) => {
    await resume(page.context());
    await use(page);
  },
});

export { expect };

export async function openList(page: Page, search = '') {
  await page.goto(`${api.url()}/scenarios${search}`);
  await page.getByRole('heading', { name: 'Scenarios', level: 1 }).waitFor();
}

export async function openEditor(page: Page, number: number, search = '') {
  await page.goto(`${api.url()}/scenarios/${number}${search}`);
  await page.locator('[data-el="start"]').waitFor();
}

export const element = (page: Page, id: string): Locator => page.locator(`[data-el="${id}"]`);

/** To an element as a person goes there: by the finder, so that it is in view and has the focus. */
export async function goTo(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: /^Find an element/ }).click();
  const finder = page.getByRole('dialog', { name: 'Find an element' });
  await finder.getByRole('textbox').fill(name);
  await page.keyboard.press('Enter');
  await expect(finder).toBeHidden();
  await expect(page.locator('[data-el]:focus')).toHaveCount(1);
}

/** The tool of the line above the canvas, whatever its tooltip says of the key. */
export const tool = (page: Page, name: string): Locator =>
  page.getByRole('toolbar', { name: 'Editor' }).getByRole('button', { name: new RegExp(`^${name}( \\(|:|$)`) });

interface Axe {
  run: (context: Document, options: object) => Promise<{ violations: { id: string; nodes: { target: string[] }[] }[] }>;
}

/**
 * Empty when axe finds nothing, in both schemes; else rule and place. It is asked more than a hundred times, so it is cheap: its half
 * a megabyte of source goes to a page once, and each scheme is one question and one answer.
 */
export async function findings(page: Page): Promise<string[]> {
  const all: string[] = [];
  for (const scheme of ['light', 'dark'] as const) {
    // Colours on their way from one scheme to the other are nobody's colours.
    await page.emulateMedia({ reducedMotion: 'reduce', colorScheme: scheme });
    // Evaluated by the driver, since the page's policy lets nothing else in.
    if (scheme === 'light' && !(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
    const found = await page.evaluate(
      async ({ wanted, tags }) => {
        const root = document.documentElement;
        const hasScheme = () => root.dataset.mantineColorScheme === wanted;
        await new Promise<void>((resolve) => {
          const watch = new MutationObserver(() => hasScheme() && done());
          const done = () => {
            watch.disconnect();
            resolve();
          };
          watch.observe(root, { attributes: true });
          if (hasScheme()) done();
        });
        // The end of one transition may begin another, of what inherits its colour: they are over when a frame has none.
        for (let idle = 0; idle < 2; ) {
          await new Promise(requestAnimationFrame);
          const moving = document.getAnimations().filter((a) => a.playState === 'running');
          await Promise.all(moving.map((a) => a.finished.catch(() => {})));
          idle = moving.length === 0 ? idle + 1 : 0;
        }
        const { axe } = window as unknown as { axe: Axe };
        const { violations } = await axe.run(document, { runOnly: tags, resultTypes: ['violations'] });
        return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}`));
      },
      { wanted: scheme, tags },
    );
    all.push(...found.map((f) => `${scheme} ${f}`));
  }
  await page.emulateMedia({ colorScheme: 'light' });
  return all;
}
