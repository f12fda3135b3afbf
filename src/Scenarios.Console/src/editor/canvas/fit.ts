/** Where things are on the surface: the whole graph in view, one element in view, the middle of what one sees. */
import { type ReactFlowInstance, useReactFlow, type Viewport } from '@xyflow/react';
import { type RefObject, useEffect } from 'react';
import { type Doc, grid, nodeHeight, nodeWidth, type Place, placeOf } from '../../doc/model';
import { portsOf } from '../elements/registry';
import type { ElementNodeType } from './ElementNode';
import { aside, type LinkEdgeType } from './LinkEdge';

const margin = 64;

/** The whole graph; where it fits at its own size, it hangs from the top, as a page does. */
export function fitFromTop(surface: HTMLElement | null, flow: ReactFlowInstance<ElementNodeType, LinkEdgeType>, doc: Doc, duration: number) {
  const box = surface?.getBoundingClientRect();
  if (!box || box.width === 0 || doc.elements.length === 0) return;
  const places = doc.elements.map((e) => ({ ...placeOf(doc, e.id), width: nodeWidth(portsOf(doc, e).length) }));
  const left = Math.min(...places.map((p) => p.x));
  // A link that goes back runs around the right side.
  const back = doc.links
    .filter((l) => placeOf(doc, l.to).y <= placeOf(doc, l.from).y)
    .map((l) => Math.max(placeOf(doc, l.from).x, placeOf(doc, l.to).x));
  const right = Math.max(...places.map((p) => p.x + p.width), ...back.map((x) => x + nodeWidth(1) / 2 + aside + grid));
  const top = Math.min(...places.map((p) => p.y));
  const height = Math.max(...places.map((p) => p.y)) + nodeHeight - top;
  const zoom = Math.max(0.05, Math.min(1, (box.width - 2 * margin) / (right - left), (box.height - 2 * margin) / height));
  void flow.setViewport({ x: box.width / 2 - ((left + right) / 2) * zoom, y: margin - top * zoom, zoom }, { duration });
}

export function isInView(surface: HTMLElement | null, { x, y, zoom }: Viewport, place: Place): boolean {
  const box = surface?.getBoundingClientRect();
  if (!box) return true;
  const [left, top] = [place.x * zoom + x, place.y * zoom + y];
  return zoom >= 0.3 && left >= 0 && top >= 0 && left + nodeWidth(1) * zoom <= box.width && top + (nodeHeight + 40) * zoom <= box.height;
}

export function centerOf(surface: HTMLElement | null, toFlow: (p: { x: number; y: number }) => { x: number; y: number }) {
  const box = surface?.getBoundingClientRect();
  return toFlow({ x: (box?.left ?? 0) + (box?.width ?? 0) / 2, y: (box?.top ?? 0) + (box?.height ?? 0) / 2 });
}

/** A panel that opens or closes beside the surface: what was in the middle stays there, instead of going under the panel's edge. */
export function useCentre(surface: RefObject<HTMLElement | null>) {
  const flow = useReactFlow();
  useEffect(() => {
    const box = surface.current;
    if (!box) return;
    let width = box.clientWidth;
    const watch = new ResizeObserver(() => {
      const before = width;
      width = box.clientWidth;
      if (before === 0 || width === 0 || before === width) return;
      const { x, y, zoom } = flow.getViewport();
      void flow.setViewport({ x: x + (width - before) / 2, y, zoom });
    });
    watch.observe(box);
    return () => watch.disconnect();
  }, [surface, flow]);
}
