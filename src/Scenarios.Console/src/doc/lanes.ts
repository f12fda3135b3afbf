/**
 * Where long links run. A link that passes more than one row goes down in a lane where no element stands, as near to its ends as
 * there is room; so links never vanish behind boxes, wherever a person has dragged them.
 */
import { type Doc, type Element, nodeHeight, nodeWidth, placeOf, rowGap } from './model';

const clearance = 20;

/** Of a link that goes on straight: a small jog would look worse than a narrow pass. */
const leastClearance = 6;

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export const linkId = (from: string, output: string) => `${from} ${output}`;

/** The x of each link that needs a lane, by the link's id. */
export function lanes(doc: Doc, portsOf: (element: Element) => readonly string[]): ReadonlyMap<string, number> {
  const ports = new Map(doc.elements.map((e) => [e.id, portsOf(e)]));
  const boxes = new Map<string, Box>();
  for (const e of doc.elements) {
    const { x, y } = placeOf(doc, e.id);
    boxes.set(e.id, { left: x, right: x + nodeWidth(ports.get(e.id)?.length ?? 1), top: y, bottom: y + nodeHeight });
  }
  const all = [...boxes.values()].sort((a, b) => a.top - b.top);
  const found = new Map<string, number>();
  for (const l of doc.links) {
    const [source, target, outputs] = [boxes.get(l.from), boxes.get(l.to), ports.get(l.from)];
    if (!source || !target || !outputs || target.top - source.bottom < nodeHeight + rowGap) continue;
    const startX = source.left + ((outputs.indexOf(l.output) + 0.5) / outputs.length) * (source.right - source.left);
    const endX = (target.left + target.right) / 2;
    const between = all.filter((b) => b.bottom > source.bottom + 8 && b.top < target.top - 8 && b !== source && b !== target);
    found.set(linkId(l.from, l.output), laneNear(startX, endX, between));
  }
  return found;
}

function laneNear(startX: number, endX: number, between: readonly Box[]): number {
  const isFree = (x: number, by: number) => between.every((b) => x <= b.left - by || x >= b.right + by);
  const way = (x: number) => Math.abs(x - startX) + Math.abs(x - endX);
  let best: number | null = null;
  // Straight down from the output, straight down onto the target, or along one side of what stands in the way.
  for (const x of [startX, endX]) if ((best === null || way(x) < way(best)) && isFree(x, leastClearance)) best = x;
  for (const x of between.flatMap((b) => [b.left - clearance, b.right + clearance]))
    if ((best === null || way(x) < way(best)) && isFree(x, clearance)) best = x;
  return Math.round(best ?? startX);
}
