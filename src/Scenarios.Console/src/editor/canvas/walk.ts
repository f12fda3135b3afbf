/** Where the arrows lead from an element: along the links, and to the neighbours of a branch. */
import { type Doc, elementOf, placeOf } from '../../doc/model';
import { portsOf } from '../elements/registry';

export type Arrow = 'ArrowUp' | 'ArrowDown' | 'ArrowLeft' | 'ArrowRight';

export function step(doc: Doc, id: string, arrow: Arrow): string | null {
  switch (arrow) {
    case 'ArrowDown':
      return children(doc, id)[0] ?? nearest(doc, id, (dx, dy) => (dy > 0 ? dy + Math.abs(dx) : null));
    case 'ArrowUp':
      return parents(doc, id)[0] ?? nearest(doc, id, (dx, dy) => (dy < 0 ? -dy + Math.abs(dx) : null));
    case 'ArrowLeft':
    case 'ArrowRight': {
      const sign = arrow === 'ArrowLeft' ? -1 : 1;
      const siblings = parents(doc, id).flatMap((p) => children(doc, p));
      const at = siblings.indexOf(id);
      const next = at < 0 ? undefined : siblings[at + sign];
      return next && next !== id ? next : nearest(doc, id, (dx, dy) => (dx * sign > 0 && Math.abs(dy) < 200 ? dx * sign + 3 * Math.abs(dy) : null));
    }
  }
}

/** In the order of the outputs. */
function children(doc: Doc, id: string): string[] {
  const element = elementOf(doc, id);
  if (!element) return [];
  return portsOf(doc, element).flatMap((output) => doc.links.filter((l) => l.from === id && l.output === output).map((l) => l.to));
}

const parents = (doc: Doc, id: string) => doc.links.filter((l) => l.to === id).map((l) => l.from);

function nearest(doc: Doc, id: string, cost: (dx: number, dy: number) => number | null): string | null {
  const here = placeOf(doc, id);
  let best: [string, number] | null = null;
  for (const e of doc.elements) {
    const there = placeOf(doc, e.id);
    const c = e.id === id ? null : cost(there.x - here.x, there.y - here.y);
    if (c !== null && (best === null || c < best[1])) best = [e.id, c];
  }
  return best?.[0] ?? null;
}
