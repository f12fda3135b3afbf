/** A link: straight down as a step, back up around the side. Its "+" puts an element in between. */
import { BaseEdge, type Edge, type EdgeProps, getSmoothStepPath } from '@xyflow/react';
import { createContext, memo, useContext } from 'react';
import { createPortal } from 'react-dom';
import { type Port, unlink } from '../../doc/commands';
import { useEditor, useEditorStore } from '../store';
import { StepsOnLink, useSteps } from './paint';

/** `lane`: where a long link goes down (doc/lanes.ts). */
export type LinkEdgeType = Edge<{ lane?: number }, 'link'>;

/**
 * Over the links: where their tools are drawn. Found once by the canvas, since the library's own component looks for it in the whole graph,
 * for each link at each step of a drag.
 */
export const LinkLayer = createContext<Element | null>(null);

/** How far a link that goes back stands off to the right. */
export const aside = 172;
const corner = 12;

/** From the end of an element to the first bend. */
const stub = 32;

/** @returns the path and where its middle is. */
export function linkPath(sourceX: number, sourceY: number, targetX: number, targetY: number, lane?: number): [string, number, number] {
  if (targetY <= sourceY + 16) {
    const side = Math.max(sourceX, targetX) + aside;
    const [below, above] = [sourceY + 28, targetY - 28];
    return [
      rounded([sourceX, sourceY], [sourceX, below], [side, below], [side, above], [targetX, above], [targetX, targetY]),
      side,
      (below + above) / 2,
    ];
  }
  if (lane === undefined || targetY - sourceY < 3 * stub) {
    const [path, x, y] = getSmoothStepPath({ sourceX, sourceY, targetX, targetY, borderRadius: corner });
    return [path, x, y];
  }
  const [below, above] = [sourceY + stub, targetY - stub];
  const path = rounded([sourceX, sourceY], [sourceX, below], [lane, below], [lane, above], [targetX, above], [targetX, targetY]);
  return [path, lane, (below + above) / 2];
}

type Point = readonly [number, number];

/** Straight pieces with round corners. */
function rounded(...points: Point[]): string {
  let path = `M${points[0]}`;
  for (let i = 1; i < points.length - 1; i++) {
    const [before, at, after] = [points[i - 1] as Point, points[i] as Point, points[i + 1] as Point];
    const r = Math.min(corner, distance(before, at) / 2, distance(at, after) / 2);
    path += ` L${toward(at, before, r)} Q${at} ${toward(at, after, r)}`;
  }
  return `${path} L${points.at(-1)}`;
}

const distance = (a: Point, b: Point) => Math.hypot(b[0] - a[0], b[1] - a[1]);

function toward(from: Point, to: Point, by: number): Point {
  const whole = distance(from, to);
  return whole === 0 ? from : [from[0] + ((to[0] - from[0]) / whole) * by, from[1] + ((to[1] - from[1]) / whole) * by];
}

export const LinkEdge = memo(function LinkEdge({
  id,
  source,
  sourceHandleId,
  sourceX,
  sourceY,
  targetX,
  targetY,
  selected,
  data,
  markerEnd,
}: EdgeProps<LinkEdgeType>) {
  const layer = useContext(LinkLayer);
  const isReadOnly = useEditor((s) => s.isReadOnly);
  const [path, x, y] = linkPath(sourceX, sourceY, targetX, targetY, data?.lane);
  const port = { from: source, output: sourceHandleId ?? 'next' };
  const { isShown, steps } = useSteps(id);
  return (
    <>
      <BaseEdge
        id={id}
        path={path}
        interactionWidth={22}
        className="link"
        data-trod={isShown ? steps.length > 0 : undefined}
        {...(markerEnd ? { markerEnd } : {})}
      />
      {layer && steps.length > 0 ? createPortal(<StepsOnLink steps={steps} x={x} y={y} />, layer) : null}
      {layer && !isReadOnly ? createPortal(<LinkTools port={port} x={x} y={y} isPicked={selected ?? false} />, layer) : null}
    </>
  );
});

function LinkTools({ port, x, y, isPicked }: { port: Port; x: number; y: number; isPicked: boolean }) {
  const store = useEditorStore();
  return (
    <>
      <button
        type="button"
        tabIndex={-1}
        className="plus plus-link nodrag nopan"
        aria-label="Insert on this link"
        style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
        onClick={(e) => {
          const box = e.currentTarget.getBoundingClientRect();
          store.getState().set({ insertAt: { x: box.left, y: box.bottom + 4, port, place: null } });
        }}
      />
      {isPicked ? (
        <button
          type="button"
          tabIndex={-1}
          className="plus plus-link minus nodrag nopan"
          aria-label="Remove this link"
          style={{ transform: `translate(-50%, -50%) translate(${x + 28}px, ${y}px)` }}
          onClick={() => store.getState().run(unlink(port, 'Remove a link'))}
        />
      ) : null}
    </>
  );
}
