/** The types of element, in the order of the palette. What the rest of the console asks about an element, it asks here. */
import type { Doc, Element } from '../../doc/model';
import { apiCall } from './apiCall';
import { condition } from './condition';
import { end } from './end';
import { goto } from './goto';
import type { ElementKind } from './kind';
import type { Output } from './outputs';
import { split } from './split';
import { updateProfile } from './updateProfile';
import { wait } from './wait';
import { webhook } from './webhook';

export const kinds: readonly ElementKind[] = [apiCall, wait, condition, split, goto, end, webhook, updateProfile];

const byType = new Map(kinds.map((k) => [k.type, k]));

export const kindOf = (type: string): ElementKind | undefined => byType.get(type);

export const addable = kinds.filter((k) => k.isAddable !== false);

export const isTrigger = (element: Element): boolean => kindOf(element.type)?.category === 'trigger';

export const isOff = (element: Element): boolean => kindOf(element.type)?.isOff?.(element.settings) ?? false;

/** Of an element of a type that this console does not know, nothing but its links is known. */
function outputsOf(element: Element): readonly Output[] {
  return kindOf(element.type)?.outputs(element.settings) ?? [];
}

export const outputNames = (element: Element): string[] => outputsOf(element).map((o) => o.name);

/** Also the outputs that only a link still names. */
export function portsOf(doc: Pick<Doc, 'links'>, element: Element): string[] {
  const own = outputNames(element);
  const linked = doc.links.filter((l) => l.from === element.id && !own.includes(l.output)).map((l) => l.output);
  return linked.length === 0 ? own : [...own, ...linked];
}

/** Of an output of an element that may be gone from the graph, or of a type that is not known here, the name says it all. */
export const outputLabel = (element: Element | undefined, output: string): string =>
  (element && outputsOf(element).find((o) => o.name === output)?.label) ?? output;

/** Whether an output is taken only when something did not work out. */
export const isExit = (element: Element, output: string): boolean => outputsOf(element).find((o) => o.name === output)?.isExit ?? false;

export const titleOf = (element: Element): string => element.name || kindOf(element.type)?.title || element.type;

export const summaryOf = (element: Element): string => kindOf(element.type)?.summary(element.settings) ?? 'This console does not know this type.';
