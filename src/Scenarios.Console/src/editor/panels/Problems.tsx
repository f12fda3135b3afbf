import { Text, UnstyledButton } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconInfoTriangle } from '@tabler/icons-react';
import type { Problem } from '../../api/types';
import { elementOf } from '../../doc/model';
import { texts } from '../../texts';
import { Empty } from '../../ui/PageState';
import { canvas } from '../canvas/view';
import { titleOf } from '../elements/registry';
import { type EditorStore, useDoc, useEditor, useEditorStore } from '../store';

/** To the element at fault, chosen and in view. */
export function visit(store: EditorStore, problem: Problem) {
  if (!problem.element) return;
  store.getState().select([problem.element]);
  canvas.goTo(problem.element);
}

/** The next problem after the chosen element's, around. */
export function visitNext(store: EditorStore, by: 1 | -1) {
  const { problems, selected } = store.getState();
  const ids = [...new Set(problems.flatMap((p) => (p.element ? [p.element] : [])))];
  const at = ids.findIndex((id) => selected.has(id));
  const next = ids[(at < 0 ? (by === 1 ? 0 : ids.length - 1) : at + by + ids.length) % ids.length];
  const problem = problems.find((p) => p.element === next);
  if (problem) visit(store, problem);
}

export function Problems() {
  const store = useEditorStore();
  const problems = useEditor((s) => s.problems);
  const doc = useDoc();
  if (problems.length === 0) return <Empty icon={<IconCircleCheck size={36} stroke={1.4} />}>{texts.problems.none}</Empty>;
  return (
    <ul className="panel-list">
      {problems.map((p, i) => {
        const element = p.element ? elementOf(doc, p.element) : undefined;
        return (
          <li key={i}>
            <UnstyledButton
              className="panel-line"
              onClick={() => visit(store, p)}
              onDoubleClick={() => p.element && store.getState().set({ window: { id: p.element, isNew: false } })}
            >
              {p.severity === 'error' ? (
                <IconAlertTriangle size={18} color="var(--bad)" aria-label="Error" />
              ) : (
                <IconInfoTriangle size={18} color="var(--warn)" aria-label="Warning" />
              )}
              <span>
                <Text size="sm" fw={600} span display="block">
                  {element ? titleOf(element) : 'Scenario'}
                </Text>
                <Text size="sm" span>
                  {p.message}
                </Text>
              </span>
            </UnstyledButton>
          </li>
        );
      })}
    </ul>
  );
}
