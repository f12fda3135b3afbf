/** The graph as an indented list with numbers and problems: the equal of the canvas for who does not see it. */
import { ScrollArea, UnstyledButton } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useStanding } from '../../app/live';
import { exact, short } from '../../app/numbers';
import { type Doc, type Element, startId } from '../../doc/model';
import { canvas } from '../canvas/view';
import { kindOf, outputLabel, portsOf, titleOf } from '../elements/registry';
import { useDoc, useEditor, useEditorStore } from '../store';

interface Line {
  element: Element;
  depth: number;
  /** The label of the output by which it is reached, where there are several. */
  by: string | null;
}

/** From the start along the links, each element once; then what nothing leads to. A straight way is not indented. */
export function outline(doc: Doc): Line[] {
  const lines: Line[] = [];
  const seen = new Set<string>();
  const byId = new Map(doc.elements.map((e) => [e.id, e]));
  const open: { id: string; depth: number; by: string | null }[] = [];
  const visit = () => {
    for (let next = open.pop(); next; next = open.pop()) {
      const element = byId.get(next.id);
      if (!element || seen.has(next.id)) continue;
      seen.add(next.id);
      lines.push({ element, depth: next.depth, by: next.by });
      const links = portsOf(doc, element).flatMap((output) => doc.links.filter((l) => l.from === element.id && l.output === output));
      const branches = links.length > 1;
      for (const l of links.toReversed())
        open.push({
          id: l.to,
          depth: next.depth + (branches ? 1 : 0),
          by: branches || portsOf(doc, element).length > 1 ? outputLabel(element, l.output) : null,
        });
    }
  };
  open.push({ id: startId, depth: 0, by: null });
  visit();
  for (const e of doc.elements)
    if (!seen.has(e.id)) {
      open.push({ id: e.id, depth: 0, by: null });
      visit();
    }
  return lines;
}

export function Outline() {
  const doc = useDoc();
  const lines = useMemo(() => outline(doc), [doc]);
  return (
    <ScrollArea className="grow" type="auto">
      <ul className="outline">
        {lines.map((line) => (
          <OutlineLine key={line.element.id} {...line} />
        ))}
      </ul>
    </ScrollArea>
  );
}

function OutlineLine({ element, depth, by }: Line) {
  const store = useEditorStore();
  const isSelected = useEditor((s) => s.selected.has(element.id));
  const problems = useEditor((s) => s.problemsByElement.get(element.id));
  const number = useEditor((s) => s.base.number);
  const n = useStanding(number, element.id);
  const kind = kindOf(element.type);
  return (
    <li>
      <UnstyledButton
        className="outline-line"
        style={{ paddingLeft: 10 + Math.min(depth, 8) * 14 }}
        data-selected={isSelected || undefined}
        aria-current={isSelected || undefined}
        data-category={kind?.category}
        onClick={() => {
          store.getState().select([element.id]);
          canvas.goTo(element.id);
        }}
        onDoubleClick={() => store.getState().set({ window: { id: element.id, isNew: false } })}
      >
        <span className="outline-mark" aria-hidden />
        <span className="outline-title">
          {by ? <span className="outline-by">{by} · </span> : null}
          {titleOf(element)}
        </span>
        {problems ? <IconAlertTriangle size={14} className="outline-problem" aria-label="has problems" /> : null}
        {n > 0 ? (
          <span className="outline-number" title={exact(n)}>
            {short(n)}
          </span>
        ) : null}
      </UnstyledButton>
    </li>
  );
}
