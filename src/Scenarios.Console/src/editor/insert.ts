/** Adding elements: from the palette, on a link, behind an open output, at a place. All come through here, so all do the same. */
import { add, insertAfter, type Port } from '../doc/commands';
import { type Element, elementOf, isTaken, newId, nodeHeight, type Place, placeOf, rowGap } from '../doc/model';
import { canvas } from './canvas/view';
import { isExit, kindOf, portsOf } from './elements/registry';
import type { EditorStore } from './store';

function make(store: EditorStore, type: string): Element | null {
  const kind = kindOf(type);
  if (!kind) return null;
  const { doc } = store.getState().history;
  return { id: newId(type.replace(/[^A-Za-z0-9]/g, ''), isTaken(doc)), type, settings: kind.defaults() };
}

function added(store: EditorStore, element: Element) {
  store.getState().select([element.id]);
  const opens = kindOf(element.type)?.opensWhenAdded !== false;
  store.getState().set({ insertAt: null, window: opens ? { id: element.id, isNew: true } : null });
  if (!opens) setTimeout(() => canvas.goTo(element.id), 0);
}

export function insertAt(store: EditorStore, type: string, port: Port | null, place: Place | null) {
  const element = make(store, type);
  const kind = kindOf(type);
  if (!element || !kind) return;
  const label = `Add ${kind.title}`;
  store
    .getState()
    .run(
      port
        ? insertAfter(port, element, kind.outputs(element.settings)[0]?.name, label, place ?? undefined)
        : add(element, place ?? freeBelow(store), label),
    );
  added(store, element);
}

/** From the palette by click: behind what is chosen, else below everything. */
export function insertSomewhere(store: EditorStore, type: string) {
  const { history, selected } = store.getState();
  const [only] = selected.size === 1 ? [...selected] : [];
  const source = only ? elementOf(history.doc, only) : undefined;
  insertAt(store, type, source ? openPort(store, source) : lastOpenPort(store), null);
}

/** The first output that leads nowhere yet; when all lead somewhere, the first. Null where there are no outputs. */
export function openPort(store: EditorStore, element: Element): Port | null {
  const { doc } = store.getState().history;
  const ports = portsOf(doc, element);
  const open = ports.find((output) => !doc.links.some((l) => l.from === element.id && l.output === output));
  const output = open ?? ports[0];
  return output === undefined ? null : { from: element.id, output };
}

/** With nothing chosen, a new element goes on at the lowest end of the way. */
function lastOpenPort(store: EditorStore): Port | null {
  const { doc } = store.getState().history;
  const linked = new Set(doc.links.map((l) => `${l.from} ${l.output}`));
  const ends = doc.elements.flatMap((e) => {
    const output = portsOf(doc, e).find((o) => !linked.has(`${e.id} ${o}`) && !isExit(e, o));
    return output === undefined ? [] : [{ from: e.id, output }];
  });
  return ends.sort((a, b) => placeOf(doc, b.from).y - placeOf(doc, a.from).y)[0] ?? null;
}

function freeBelow(store: EditorStore): Place {
  const { doc } = store.getState().history;
  const bottom = Math.max(...doc.elements.map((e) => placeOf(doc, e.id).y), -rowGap);
  return { x: 0, y: bottom + nodeHeight + rowGap };
}
