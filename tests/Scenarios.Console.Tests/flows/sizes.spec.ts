import { expect, test } from '../support/console';
import { costs } from '../support/sizes';

/** Kilobytes, as the server sends them (brotli): script, but for firstCss and the whole. */
const budgets = { firstJs: 190, firstCss: 35, editor: 90, everything: 600 };

test('SIZE-1 the first page, the editor and the whole stay within their budgets', () => {
  const first = costs((c) => c.isEntry === true || c.src === 'src/scenarios/ScenarioList.tsx');
  const editor = costs((c) => c.src === 'src/editor/EditorPage.tsx', first.files);
  const all = costs(() => true);
  const measured = { firstJs: first.js, firstCss: first.css, editor: editor.js, everything: all.js + all.css };
  for (const [what, budget] of Object.entries(budgets)) {
    const is = measured[what as keyof typeof budgets];
    console.log(`${what.padEnd(12)} ${is.toFixed(0).padStart(4)} KB of ${budget}`);
    expect.soft(is, what).toBeLessThanOrEqual(budget);
  }
});
