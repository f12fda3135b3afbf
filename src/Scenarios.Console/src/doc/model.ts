/** A scenario's document as the editor holds it (elements.md): immutable, so that history costs only what changed. */

export type Settings = Record<string, unknown>;

export interface Element {
  readonly id: string;
  readonly type: string;
  readonly name?: string;
  readonly settings: Settings;
}

export interface Link {
  readonly from: string;
  readonly output: string;
  readonly to: string;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** An element that was deleted, with its settings and where it stood. */
export interface Binned {
  readonly element: Element;
  readonly place: Place;
  /** When, where it was deleted in this draft. */
  readonly at?: string;
}

export interface Doc {
  readonly elements: readonly Element[];
  readonly links: readonly Link[];
  readonly layout: Readonly<Record<string, Place>>;
  readonly settings: Settings;
  readonly bin: readonly Binned[];
}

/** The id of the one trigger that every scenario has. */
export const startId = 'start';

export const grid = 8;
export const nodeHeight = 72;
export const rowGap = 64;
export const columnGap = 48;

/** Outputs stand side by side below an element, so many of them widen it. */
export function nodeWidth(outputs: number): number {
  return outputs <= 3 ? 224 : outputs * 72;
}

export function elementOf(doc: Doc, id: string): Element | undefined {
  return doc.elements.find((e) => e.id === id);
}

export function placeOf(doc: Doc, id: string): Place {
  return doc.layout[id] ?? { x: 0, y: 0 };
}

export function snap(place: Place): Place {
  return { x: Math.round(place.x / grid) * grid, y: Math.round(place.y / grid) * grid };
}

/** An id that this document never had: ids are never given twice, so they are drawn and not counted. */
export function newId(type: string, taken: (id: string) => boolean): string {
  for (;;) {
    const id = `${type}-${Math.random().toString(36).slice(2, 8).padEnd(6, '0')}`;
    if (!taken(id)) return id;
  }
}

export function isTaken(doc: Doc): (id: string) => boolean {
  const ids = new Set([...doc.elements.map((e) => e.id), ...doc.bin.map((b) => b.element.id)]);
  return (id) => ids.has(id);
}

export const emptyDoc: Doc = {
  elements: [{ id: startId, type: 'apiCall', name: 'Default', settings: {} }],
  links: [],
  layout: { start: { x: 0, y: 0 } },
  settings: {},
  bin: [],
};

interface Written {
  id: string;
  type: string;
  name?: string;
  settings?: Settings;
}

interface Definition {
  elements?: Written[];
  links?: Link[];
  layout?: Record<string, Place>;
  /** What earlier saves deleted. */
  bin?: Written[];
}

const elementFrom = (e: Written): Element => ({
  id: e.id,
  type: e.type,
  ...(e.name === undefined ? {} : { name: e.name }),
  settings: e.settings ?? {},
});

/** From the API's definition; what it leaves out is filled in. */
export function docOf(definition: unknown, settings: Settings, bin?: readonly Binned[]): Doc {
  const d = (definition ?? {}) as Definition;
  return {
    elements: (d.elements ?? []).map(elementFrom),
    links: d.links ?? [],
    layout: d.layout ?? {},
    settings,
    bin: bin ?? (d.bin ?? []).map((e) => ({ element: elementFrom(e), place: d.layout?.[e.id] ?? { x: 0, y: 0 } })),
  };
}

/** As the API takes it. Places of elements that are gone are left out. */
export function definitionOf(doc: Doc) {
  return {
    elements: doc.elements.map(({ settings, ...e }) => (Object.keys(settings).length > 0 ? { ...e, settings } : e)),
    links: doc.links,
    layout: Object.fromEntries(doc.elements.map((e) => [e.id, placeOf(doc, e.id)])),
  };
}

/** Everything that a run can come to from here, itself included. */
export function reachableFrom(doc: Doc, id: string): Set<string> {
  const next = new Map<string, string[]>();
  for (const l of doc.links) next.set(l.from, [...(next.get(l.from) ?? []), l.to]);
  const found = new Set([id]);
  const open = [id];
  for (let at = open.pop(); at !== undefined; at = open.pop())
    for (const to of next.get(at) ?? [])
      if (!found.has(to)) {
        found.add(to);
        open.push(to);
      }
  return found;
}
