/** One element on the canvas. Draws itself when its own settings change, its badge when its own number does, else never. */
import { IconAlertTriangle } from '@tabler/icons-react';
import { Handle, type Node, type NodeProps, Position } from '@xyflow/react';
import { memo } from 'react';
import { useStanding } from '../../app/live';
import { counted, exact, short } from '../../app/numbers';
import type { Element } from '../../doc/model';
import { isExit, isOff, isTrigger, kindOf, outputLabel, summaryOf, titleOf } from '../elements/registry';
import { useEditor, useEditorStore } from '../store';
import { TypeIcon } from './icons';
import { PeriodNumbers, useOpenStanding, useTrod } from './paint';

export type ElementNodeType = Node<
  { element: Element; ports: readonly string[]; open: readonly string[]; mark?: 'added' | 'removed' | 'changed' | 'relinked' },
  'element'
>;

export const ElementNode = memo(function ElementNode({ id, data, selected }: NodeProps<ElementNodeType>) {
  const { element, ports, open } = data;
  const kind = kindOf(element.type);
  const title = titleOf(element);
  const summary = summaryOf(element);
  const store = useEditorStore();
  const isReadOnly = useEditor((s) => s.isReadOnly);
  const trod = useTrod(id);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a box on the canvas is no fieldset
    <div
      className="el"
      data-el={id}
      data-category={kind?.category ?? 'unknown'}
      data-selected={selected || undefined}
      data-mark={data.mark}
      data-trod={trod}
      data-off={isOff(element) || undefined}
      role="group"
      aria-roledescription="element"
      aria-label={`${title}: ${summary}`}
      tabIndex={-1}
    >
      {isTrigger(element) ? null : <Handle type="target" position={Position.Top} className="port port-in" />}
      <TypeIcon type={element.type} />
      <span className="el-title">{title}</span>
      <span className="el-summary">{summary}</span>
      <ProblemBadge id={id} />
      <LiveBadge id={id} title={title} />
      <PeriodNumbers id={id} ports={ports} />
      {ports.map((output, i) => (
        <Handle
          key={output}
          id={output}
          type="source"
          position={Position.Bottom}
          className="port"
          data-tone={isExit(element, output) ? 'aside' : undefined}
          style={{ left: `${((i + 0.5) / ports.length) * 100}%` }}
        />
      ))}
      {ports.length > 1 ? (
        <span className="el-outputs" aria-hidden>
          {ports.map((output) => (
            <span key={output} title={outputLabel(element, output)}>
              <i>{outputLabel(element, output)}</i>
            </span>
          ))}
        </span>
      ) : null}
      {isReadOnly
        ? null
        : open.map((output) => (
            <button
              key={output}
              type="button"
              tabIndex={-1}
              className="plus plus-open nodrag nopan"
              aria-label={`Add after ${title}, ${outputLabel(element, output)}`}
              style={{ left: `${((ports.indexOf(output) + 0.5) / ports.length) * 100}%`, top: ports.length > 1 ? 100 : 88 }}
              onClick={(e) => {
                e.stopPropagation();
                const box = e.currentTarget.getBoundingClientRect();
                store.getState().set({ insertAt: { x: box.left, y: box.bottom + 4, port: { from: id, output }, place: null } });
              }}
            />
          ))}
    </div>
  );
});

function ProblemBadge({ id }: { id: string }) {
  const problems = useEditor((s) => s.problemsByElement.get(id));
  if (!problems?.length) return null;
  const isError = problems.some((p) => p.severity === 'error');
  return (
    <span className="el-problem" data-error={isError || undefined} title={problems.map((p) => p.message).join('\n')}>
      <IconAlertTriangle size={14} stroke={2} aria-hidden />
      <span className="visually-hidden">{counted(problems.length, 'problem')}</span>
    </span>
  );
}

/** How many stand here now; nothing where nobody does. It grows as the graph gets smaller, so that an overview shows numbers. */
function LiveBadge({ id, title }: { id: string; title: string }) {
  const number = useEditor((s) => s.base.number);
  const n = useStanding(number, id);
  const openStanding = useOpenStanding();
  if (n === 0) return null;
  const label = short(n);
  const whole = `${label === exact(n) ? label : `${label}, exactly ${exact(n)},`} ${n === 1 ? 'profile' : 'profiles'} in ${title}`;
  if (!openStanding)
    return (
      <span className="live" title={whole}>
        {label}
        <span className="visually-hidden">{whole.slice(label.length)}</span>
      </span>
    );
  return (
    <button
      type="button"
      tabIndex={-1}
      className="live nodrag nopan"
      aria-label={`${whole}. Show them`}
      title={`${whole} (N)`}
      onClick={(e) => {
        e.stopPropagation();
        openStanding(id);
      }}
      onDoubleClick={(e) => e.stopPropagation()}
    >
      {label}
    </button>
  );
}
