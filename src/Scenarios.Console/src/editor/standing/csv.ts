/** Who stands at an element, as a table for other programs. */
import type { StandingRun } from '../../runs/api';

const columns = ['profileId', 'name', 'email', 'enteredAt', 'arrivedAt', 'leavesAt', 'runId'] as const;

/** Names come from outside: a spreadsheet must not take one for a formula. */
function cell(value: string | null): string {
  const text = value ?? '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  const safe = /^[=+\-@\u0000-\u001f]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const line = (cells: readonly (string | null)[]) => `${cells.map(cell).join(',')}\r\n`;

/** With the mark by which spreadsheets know UTF-8. */
export const csvHead = `\uFEFF${line(columns)}`;

export const csvOf = (runs: readonly StandingRun[]) => runs.map((r) => line(columns.map((c) => r[c]))).join('');
