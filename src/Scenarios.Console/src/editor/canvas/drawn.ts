/** The document as boxes and links of the drawing library. One that has not changed stays the very object it was, so that it is not drawn anew. */
import { MarkerType } from '@xyflow/react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { ChangeKind } from '../../doc/diff';
import { lanes, linkId } from '../../doc/lanes';
import { type Doc, nodeHeight, nodeWidth, placeOf } from '../../doc/model';
import { portsOf } from '../elements/registry';
import type { ElementNodeType } from './ElementNode';
import type { LinkEdgeType } from './LinkEdge';

const arrow = { type: MarkerType.ArrowClosed, width: 16, height: 16 };

const areSame = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((x, i) => x === b[i]);

export function useBoxes(doc: Doc, selected: ReadonlySet<string>, marks: ReadonlyMap<string, ChangeKind> | undefined) {
  const [nodes, setNodes] = useState<ElementNodeType[]>([]);
  useEffect(() => {
    const linked = new Set(doc.links.map((l) => `${l.from} ${l.output}`));
    setNodes((before) => {
      const known = new Map(before.map((n) => [n.id, n]));
      return doc.elements.map((element) => {
        const ports = portsOf(doc, element);
        const open = ports.filter((o) => !linked.has(`${element.id} ${o}`));
        const place = placeOf(doc, element.id);
        const mark = marks?.get(element.id);
        const old = known.get(element.id);
        const isSelected = selected.has(element.id);
        const { data } = old ?? {};
        const sameData = data && data.element === element && data.mark === mark && areSame(data.ports, ports) && areSame(data.open, open);
        if (old && sameData && old.position.x === place.x && old.position.y === place.y && old.selected === isSelected) return old;
        return {
          ...old,
          id: element.id,
          type: 'element' as const,
          position: place,
          width: nodeWidth(ports.length),
          height: nodeHeight,
          selected: isSelected,
          data: sameData ? data : { element, ports, open, ...(mark ? { mark } : {}) },
        };
      });
    });
  }, [doc, selected, marks]);
  return [nodes, setNodes] as const;
}

/** @param picked the link that was clicked, whose tools are shown. @param lit the one that what is dragged would fall on. */
export function useLinks(doc: Doc, picked: string | null, lit: string | null): LinkEdgeType[] {
  const drawn = useRef<ReadonlyMap<string, LinkEdgeType>>(new Map());
  return useMemo(() => {
    const lane = lanes(doc, (e) => portsOf(doc, e));
    const next = doc.links.map((l): LinkEdgeType => {
      const id = linkId(l.from, l.output);
      const at = lane.get(id);
      const old = drawn.current.get(id);
      const [selected, isLit] = [id === picked, id === lit];
      if (old && old.target === l.to && old.data?.lane === at && old.selected === selected && (old.className === 'lit') === isLit) return old;
      return {
        id,
        type: 'link',
        source: l.from,
        sourceHandle: l.output,
        target: l.to,
        markerEnd: arrow,
        selected,
        ...(isLit ? { className: 'lit' } : {}),
        data: at === undefined ? {} : { lane: at },
      };
    });
    drawn.current = new Map(next.map((e) => [e.id, e]));
    return next;
  }, [doc, picked, lit]);
}
