/** The types of element, in the order of the palette. */
import type { Doc, Element } from '../../doc/model';
import { apiCall } from './apiCall';
import { condition } from './condition';
import { end } from './end';
import { goto } from './goto';
import type { ElementKind } from './kind';
import { split } from './split';
import { updateProfile } from './updateProfile';
import { wait } from './wait';
import { webhook } from './webhook';

export const kinds: readonly ElementKind[] = [apiCall, wait, condition, split, goto, end, webhook, updateProfile];

const byType = new Map(kinds.map((k) => [k.type, k]));

export const kindOf = (type: string): ElementKind | undefined => byType.get(type);

/** What a person may add: every scenario has its one start already. */
export const addable = kinds.filter((k) => k.category !== 'trigger');

/** Of an element of a type that this console does not know, nothing but its links is known. */
export function outputsOf(element: Element): string[] {
  return kindOf(element.type)?.outputs(element.settings) ?? [];
}

/** Also the outputs that only a link still names. */
export function portsOf(doc: Pick<Doc, 'links'>, element: Element): string[] {
  const own = outputsOf(element);
  const linked = doc.links.filter((l) => l.from === element.id && !own.includes(l.output)).map((l) => l.output);
  return linked.length === 0 ? own : [...own, ...linked];
}

export const titleOf = (element: Element): string => element.name || kindOf(element.type)?.title || element.type;

export const summaryOf = (element: Element): string => kindOf(element.type)?.summary(element.settings) ?? 'This console does not know this type.';

const labels: Record<string, string> = {
  next: 'then',
  notComputable: 'no date',
  else: 'else',
  declined: 'declined',
  success: 'success',
  error: 'error',
};

export const outputLabel = (output: string): string => labels[output] ?? output;
