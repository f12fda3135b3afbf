/** Undo and redo over immutable documents. Selection and viewport are no part of it. */
import type { Command } from './commands';
import type { Doc } from './model';

interface Step {
  readonly label: string;
  readonly doc: Doc;
}

export interface History {
  readonly doc: Doc;
  readonly past: readonly Step[];
  readonly future: readonly Step[];
  readonly merge?: { readonly key: string; readonly at: number };
}

const depth = 200;
const mergeWithinMs = 1000;

export function begin(doc: Doc): History {
  return { doc, past: [], future: [] };
}

export function run(history: History, command: Command, nowMs: number): History {
  const doc = command.apply(history.doc);
  if (doc === history.doc) return history;
  const merges = command.merge !== undefined && history.merge?.key === command.merge && nowMs - history.merge.at < mergeWithinMs;
  return {
    doc,
    past: merges ? history.past : [...history.past, { label: command.label, doc: history.doc }].slice(-depth),
    future: [],
    ...(command.merge === undefined ? {} : { merge: { key: command.merge, at: nowMs } }),
  };
}

export function undo(history: History): History {
  const step = history.past.at(-1);
  return step ? { doc: step.doc, past: history.past.slice(0, -1), future: [{ label: step.label, doc: history.doc }, ...history.future] } : history;
}

export function redo(history: History): History {
  const [step, ...rest] = history.future;
  return step ? { doc: step.doc, past: [...history.past, { label: step.label, doc: history.doc }], future: rest } : history;
}
