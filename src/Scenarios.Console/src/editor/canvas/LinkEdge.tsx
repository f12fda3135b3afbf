/** A link: straight down as a step, back up around the side. Its "+" puts an element in between. */

import { IconPlus, IconX } from '@tabler/icons-react';
import { BaseEdge, type Edge, EdgeLabelRenderer, type EdgeProps, getSmoothStepPath } from '@xyflow/react';
import { memo } from 'react';
import { useEditor, useEditorStore } from '../store';
import { StepsOnLink, useSteps } from './paint';

export type LinkEdgeType = Edge<{ mark?: 'added' | 'removed' }, 'link'>;

/** How far a link that goes back stands off to the right. */
const aside = 172;
const corner = 12;

/** @returns the path and where its middle is. */
export function linkPath(sourceX: number, sourceY: number, targetX: number, targetY: number): [string, number, number] {
  if (targetY > sourceY + 16) {
    const [path, x, y] = getSmoothStepPath({ sourceX, sourceY, targetX, targetY, borderRadius: corner });
    return [path, x, y];
  }
  const side = Math.max(sourceX, targetX) + aside;
  const [below, above] = [sourceY + 28, targetY - 28];
  const path = `M${sourceX},${sourceY} V${below - corner} q0,${corner} ${corner},${corner} H${side - corner} q${corner},0 ${corner},${-corner} V${above + corner} q0,${-corner} ${-corner},${-corner} H${targetX + corner} q${-corner},0 ${-corner},${corner} V${targetY}`;
  return [path, side, (below + above) / 2];
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
  const store = useEditorStore();
  const isReadOnly = useEditor((s) => s.isReadOnly);
  const [path, x, y] = linkPath(sourceX, sourceY, targetX, targetY);
  const port = { from: source, output: sourceHandleId ?? 'next' };
  const { isShown, steps } = useSteps(id);
  return (
    <>
      <BaseEdge
        id={id}
        path={path}
        interactionWidth={22}
        className="link"
        data-mark={data?.mark}
        data-trod={isShown ? steps.length > 0 : undefined}
        {...(markerEnd ? { markerEnd } : {})}
      />
      {steps.length > 0 ? (
        <EdgeLabelRenderer>
          <StepsOnLink steps={steps} x={x} y={y} />
        </EdgeLabelRenderer>
      ) : null}
      {isReadOnly ? null : (
        <EdgeLabelRenderer>
          <span
            className="link-tools nodrag nopan"
            data-selected={selected || undefined}
            style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
          >
            <button
              type="button"
              tabIndex={-1}
              className="plus"
              aria-label="Insert on this link"
              onClick={(e) => {
                const box = e.currentTarget.getBoundingClientRect();
                store.getState().set({ insertAt: { x: box.left, y: box.bottom + 4, port, place: null } });
              }}
            >
              <IconPlus size={14} stroke={2.4} aria-hidden />
            </button>
            {selected ? (
              <button
                type="button"
                tabIndex={-1}
                className="plus"
                aria-label="Remove this link"
                onClick={() =>
                  store.getState().run({
                    label: 'Remove a link',
                    apply: (d) => ({ ...d, links: d.links.filter((l) => !(l.from === port.from && l.output === port.output)) }),
                  })
                }
              >
                <IconX size={14} stroke={2.4} aria-hidden />
              </button>
            ) : null}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  );
});
