/** Pictures of docs/console.md: made by the project "pictures", committed, and never made by ./test. */
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';

const folder = fileURLToPath(new URL('../../../docs/console/', import.meta.url));

/** As a reader sees it: nothing moves, no pointer rests anywhere. */
export async function picture(page: Page, name: string, scheme: 'light' | 'dark' = 'light') {
  await page.emulateMedia({ reducedMotion: 'reduce', colorScheme: scheme });
  await page.mouse.move(1, 1);
  await page.evaluate(() => Promise.all(document.getAnimations().map((a) => a.finished.catch(() => {}))));
  await page.screenshot({ path: `${folder}${name}.jpg`, type: 'jpeg', quality: 78, animations: 'disabled', caret: 'hide' });
}
