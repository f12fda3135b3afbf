/**
 * Tidies a graph from top to bottom. Links are handed to dagre in the order of their outputs and its own ordering is switched
 * off: so yes stays left of no. Elements come in the order in which they stand now, so that the person's picture is kept.
 */
import dagre from '@dagrejs/dagre';
import type { Doc, Element, Place } from './model';
import { columnGap, nodeHeight, nodeWidth, placeOf, rowGap, snap } from './model';

/** @param only when given, just these are laid out, around the place where they stand. */
export function tidy(doc: Doc, outputsOf: (element: Element) => readonly string[], only?: ReadonlySet<string>): Record<string, Place> {
  const graph = new dagre.graphlib.Graph<object, { width: number; height: number; x: number; y: number }, object>({ multigraph: true });
  graph.setGraph({ rankdir: 'TB', nodesep: columnGap, ranksep: rowGap, ranker: 'network-simplex' });
  graph.setDefaultEdgeLabel(() => ({}));
  const elements = doc.elements.filter((e) => !only || only.has(e.id));
  const sorted = elements.toSorted((a, b) => placeOf(doc, a.id).y - placeOf(doc, b.id).y || placeOf(doc, a.id).x - placeOf(doc, b.id).x);
  for (const e of sorted) graph.setNode(e.id, { width: nodeWidth(outputsOf(e).length), height: nodeHeight, x: 0, y: 0 });
  for (const e of sorted)
    for (const output of outputsOf(e)) {
      const link = doc.links.find((l) => l.from === e.id && l.output === output);
      if (link && graph.hasNode(link.to)) graph.setEdge(e.id, link.to, {}, output);
    }
  dagre.layout(graph, { disableOptimalOrderHeuristic: true });

  const places = Object.fromEntries(
    elements.map((e) => {
      const { x, y, width } = graph.node(e.id);
      return [e.id, { x: x - width / 2, y: y - nodeHeight / 2 }];
    }),
  );
  const anchor = sorted[0];
  if (!anchor) return {};
  // The topmost element stays where it is, and everything else comes to it.
  const [was, is] = [placeOf(doc, anchor.id), places[anchor.id] ?? { x: 0, y: 0 }];
  return Object.fromEntries(Object.entries(places).map(([id, p]) => [id, snap({ x: p.x + was.x - is.x, y: p.y + was.y - is.y })]));
}

/** Places for elements that came without any, as from an API client. */
export function withPlaces(doc: Doc, outputsOf: (element: Element) => readonly string[]): Doc {
  if (doc.elements.every((e) => doc.layout[e.id])) return doc;
  return { ...doc, layout: tidy({ ...doc, layout: {} }, outputsOf) };
}
