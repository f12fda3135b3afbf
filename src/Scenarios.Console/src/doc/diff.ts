/** What one document has that another has not; places on the canvas do not count. */
import { freePlace } from './commands';
import { type Doc, type Element, type Link, type Place, placeOf } from './model';

export type ChangeKind = 'added' | 'removed' | 'changed' | 'relinked';

export interface Change {
  readonly id: string;
  readonly kind: ChangeKind;
  readonly before?: Element;
  readonly after?: Element;
}

export function diff(before: Pick<Doc, 'elements' | 'links'>, after: Pick<Doc, 'elements' | 'links'>): Change[] {
  const older = new Map(before.elements.map((e) => [e.id, e]));
  const newer = new Map(after.elements.map((e) => [e.id, e]));
  const changes: Change[] = [];
  for (const e of after.elements) {
    const was = older.get(e.id);
    if (!was) changes.push({ id: e.id, kind: 'added', after: e });
    else if (canonical(was) !== canonical(e)) changes.push({ id: e.id, kind: 'changed', before: was, after: e });
    else if (waysOut(before.links, e.id) !== waysOut(after.links, e.id)) changes.push({ id: e.id, kind: 'relinked', before: was, after: e });
  }
  for (const e of before.elements) if (!newer.has(e.id)) changes.push({ id: e.id, kind: 'removed', before: e });
  return changes;
}

export function same(a: Doc, b: Doc): boolean {
  return diff(a, b).length === 0 && canonical(a.settings) === canonical(b.settings);
}

function waysOut(links: readonly Link[], id: string): string {
  return JSON.stringify(
    links
      .filter((l) => l.from === id)
      .map((l) => [l.output, l.to])
      .sort(),
  );
}

/** JSON with its members in order, so that equal things read equal. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) =>
    v !== null && typeof v === 'object' && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1))) : v,
  );
}

/** Both graphs in one: the newer one, and what it no longer has, beside what stands there now. */
export function both(older: Doc, newer: Doc): Doc {
  const ids = new Set(newer.elements.map((e) => e.id));
  const gone = older.elements.filter((e) => !ids.has(e.id));
  const taken = new Set(newer.links.map((l) => `${l.from} ${l.output}`));
  const all = new Set([...ids, ...gone.map((e) => e.id)]);
  const isOfGone = (l: Link) => all.has(l.from) && all.has(l.to) && (!ids.has(l.from) || !ids.has(l.to));
  const elements = [...newer.elements];
  const layout: Record<string, Place> = { ...newer.layout };
  for (const e of gone) {
    layout[e.id] = freePlace({ ...newer, elements, layout }, placeOf(older, e.id));
    elements.push(e);
  }
  return { ...newer, elements, layout, links: [...newer.links, ...older.links.filter((l) => !taken.has(`${l.from} ${l.output}`) && isOfGone(l))] };
}
