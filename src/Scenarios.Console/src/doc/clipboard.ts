/** Copies between scenarios, as a typed JSON text on the clipboard. */

import type { Doc, Element, Link, Place } from './model';
import { newId, placeOf, snap, startId } from './model';

const mark = 'scenarios/elements@1';

export interface Piece {
  readonly elements: readonly Element[];
  readonly links: readonly Link[];
  readonly layout: Readonly<Record<string, Place>>;
}

/** The start stays: every scenario has its own. Null when nothing else is chosen. */
export function copy(doc: Doc, ids: ReadonlySet<string>): string | null {
  const elements = doc.elements.filter((e) => ids.has(e.id) && e.id !== startId);
  if (elements.length === 0) return null;
  const kept = new Set(elements.map((e) => e.id));
  return JSON.stringify({
    kind: mark,
    elements,
    links: doc.links.filter((l) => kept.has(l.from) && kept.has(l.to)),
    layout: Object.fromEntries(elements.map((e) => [e.id, placeOf(doc, e.id)])),
  });
}

/** The piece under new ids with its upper left corner at a place; null for a text that is none of ours. */
export function read(text: string, taken: (id: string) => boolean, at: Place): Piece | null {
  let piece: Piece & { kind?: string };
  try {
    piece = JSON.parse(text) as Piece & { kind?: string };
  } catch {
    return null; // somebody's text, not ours
  }
  if (piece?.kind !== mark || !Array.isArray(piece.elements) || piece.elements.length === 0) return null;
  const ids = new Map<string, string>();
  const used = new Set<string>();
  for (const e of piece.elements) {
    const id = newId(e.type, (candidate) => taken(candidate) || used.has(candidate));
    used.add(id);
    ids.set(e.id, id);
  }
  const places = piece.elements.map((e) => piece.layout[e.id] ?? { x: 0, y: 0 });
  const corner = { x: Math.min(...places.map((p) => p.x)), y: Math.min(...places.map((p) => p.y)) };
  const to = (id: string) => ids.get(id) ?? id;
  return {
    elements: piece.elements.map((e) => ({ ...e, id: to(e.id) })),
    links: piece.links.filter((l) => ids.has(l.from) && ids.has(l.to)).map((l) => ({ from: to(l.from), output: l.output, to: to(l.to) })),
    layout: Object.fromEntries(
      piece.elements.map((e, i) => [to(e.id), snap({ x: (places[i]?.x ?? 0) - corner.x + at.x, y: (places[i]?.y ?? 0) - corner.y + at.y })]),
    ),
  };
}
