/** What a person does to a document: each is one step of undo, named as the button names it. */

import type { Binned, Doc, Element, Link, Place, Settings } from './model';
import { isTaken, nodeHeight, placeOf, reachableFrom, rowGap, snap, startId } from './model';

export interface Command {
  readonly label: string;
  readonly apply: (doc: Doc) => Doc;
  /** Commands of one key within a second are one step: typing in a field, nudging a box. */
  readonly merge?: string;
}

/** The end that a new element hangs on: an output, free or taken. */
export interface Port {
  readonly from: string;
  readonly output: string;
}

const row = nodeHeight + rowGap;

function withLink(links: readonly Link[], link: Link): Link[] {
  return [...links.filter((l) => !(l.from === link.from && l.output === link.output)), link];
}

/** Adds at a place, linked to nothing. */
export function add(element: Element, place: Place, label: string): Command {
  return {
    label,
    apply: (doc) => ({ ...doc, elements: [...doc.elements, element], layout: { ...doc.layout, [element.id]: snap(place) } }),
  };
}

/**
 * Puts an element behind an output. If a link left it, the new element goes between, and what is reachable below moves down by
 * a row; nothing else moves, so that the picture stays the one the person knows.
 *
 * @param through the output of the new element by which the old way goes on; none when it has no output.
 */
export function insertAfter(port: Port, element: Element, through: string | undefined, label: string, at?: Place): Command {
  return {
    label,
    apply: (doc) => {
      const taken = doc.links.find((l) => l.from === port.from && l.output === port.output);
      const source = placeOf(doc, port.from);
      const place = at ?? (taken ? { x: placeOf(doc, taken.to).x, y: source.y + row } : { x: source.x, y: source.y + row });
      const layout = { ...doc.layout };
      if (taken && at === undefined && placeOf(doc, taken.to).y > source.y) {
        const target = placeOf(doc, taken.to);
        const shift = Math.max(0, place.y + row - target.y);
        if (shift > 0)
          for (const id of reachableFrom(doc, taken.to))
            if (id !== port.from && placeOf(doc, id).y >= target.y) layout[id] = { x: placeOf(doc, id).x, y: placeOf(doc, id).y + shift };
      }
      layout[element.id] = snap(at === undefined && !taken ? freePlace(doc, place) : place);
      let links = withLink(doc.links, { ...port, to: element.id });
      if (taken && through !== undefined) links = withLink(links, { from: element.id, output: through, to: taken.to });
      return { ...doc, elements: [...doc.elements, element], layout, links };
    },
  };
}

/** The place itself, or the next to the right where nobody stands. */
export function freePlace(doc: Doc, place: Place): Place {
  const places = doc.elements.map((e) => placeOf(doc, e.id));
  let at = place;
  while (places.some((p) => Math.abs(p.x - at.x) < 232 && Math.abs(p.y - at.y) < nodeHeight + 16)) at = { x: at.x + 272, y: at.y };
  return at;
}

export function link(next: Link, label: string): Command {
  return { label, apply: (doc) => ({ ...doc, links: withLink(doc.links, next) }) };
}

export function unlink(port: Port, label: string): Command {
  return { label, apply: (doc) => ({ ...doc, links: doc.links.filter((l) => !(l.from === port.from && l.output === port.output)) }) };
}

export function move(places: Readonly<Record<string, Place>>, label: string, merge?: string): Command {
  return {
    label,
    ...(merge === undefined ? {} : { merge }),
    apply: (doc) => ({ ...doc, layout: { ...doc.layout, ...Object.fromEntries(Object.entries(places).map(([id, place]) => [id, snap(place)])) } }),
  };
}

/** Changes an element. Outputs that the new settings do not have lose their links; renamed ones keep them. */
export function change(
  id: string,
  to: { name?: string; settings: Settings },
  outputs: readonly string[],
  renamed: Readonly<Record<string, string>>,
  label: string,
): Command {
  return {
    label,
    apply: (doc) => ({
      ...doc,
      elements: doc.elements.map((e) => (e.id === id ? { id: e.id, type: e.type, ...(to.name ? { name: to.name } : {}), settings: to.settings } : e)),
      links: doc.links.flatMap((l) => {
        if (l.from !== id) return [l];
        const output = renamed[l.output] ?? l.output;
        return outputs.includes(output) ? [{ ...l, output }] : [];
      }),
    }),
  };
}

export function setSettings(settings: Settings, label: string): Command {
  return { label, apply: (doc) => ({ ...doc, settings }) };
}

/**
 * Deletes elements into the bin. Where one had a single way in and a single way out, its neighbours are joined; else the outputs
 * that led to it stay open. The start cannot be deleted.
 */
export function remove(ids: readonly string[], at: string, label: string): Command {
  return { label, apply: (doc) => ids.filter((id) => id !== startId).reduce((d, id) => removeOne(d, id, at), doc) };
}

function removeOne(doc: Doc, id: string, at: string): Doc {
  const element = doc.elements.find((e) => e.id === id);
  if (!element) return doc;
  const into = doc.links.filter((l) => l.to === id);
  const out = doc.links.filter((l) => l.from === id);
  let links: Link[] = doc.links.filter((l) => l.to !== id && l.from !== id);
  const [onlyIn, onlyOut] = [into[0], out[0]];
  if (into.length === 1 && out.length === 1 && onlyIn && onlyOut && onlyIn.from !== onlyOut.to && onlyOut.to !== startId)
    links = [...links, { from: onlyIn.from, output: onlyIn.output, to: onlyOut.to }];
  const binned: Binned = { element, place: placeOf(doc, id), at };
  return {
    ...doc,
    elements: doc.elements.filter((e) => e.id !== id),
    links,
    layout: Object.fromEntries(Object.entries(doc.layout).filter(([key]) => key !== id)),
    bin: [binned, ...doc.bin].slice(0, 100),
  };
}

export function putBack(id: string, label: string): Command {
  return {
    label,
    apply: (doc) => {
      const found = doc.bin.find((b) => b.element.id === id);
      if (!found || doc.elements.some((e) => e.id === id)) return doc;
      return {
        ...doc,
        elements: [...doc.elements, found.element],
        layout: { ...doc.layout, [id]: snap(freePlace(doc, found.place)) },
        bin: doc.bin.filter((b) => b.element.id !== id),
      };
    },
  };
}

export function emptyBin(label: string): Command {
  return { label, apply: (doc) => ({ ...doc, bin: [] }) };
}

/** Adds a piece of another graph; the caller has given it ids of its own. */
export function paste(
  piece: { elements: readonly Element[]; links: readonly Link[]; layout: Readonly<Record<string, Place>> },
  label: string,
): Command {
  return {
    label,
    apply: (doc) => {
      const taken = isTaken(doc);
      if (piece.elements.some((e) => taken(e.id))) return doc;
      return {
        ...doc,
        elements: [...doc.elements, ...piece.elements],
        links: [...doc.links, ...piece.links],
        layout: { ...doc.layout, ...piece.layout },
      };
    },
  };
}
