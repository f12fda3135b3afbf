/** Two documents on one canvas: added, changed and gone elements are painted, and listed beside it. */
import { Group, Text } from '@mantine/core';
import { useMemo } from 'react';
import { both, type Change, diff } from '../doc/diff';
import type { Doc } from '../doc/model';
import { changeKinds } from '../texts';
import { Canvas } from './canvas/Canvas';
import { summaryOf, titleOf } from './elements/registry';
import { createEditorStore, EditorProvider, type EditorStore, useEditor } from './store';

/** An editor's store for looking only. */
export function useLookStore(doc: Doc): EditorStore {
  const base = useEditor((s) => s.base);
  return useMemo(() => {
    const store = createEditorStore(base, null, true);
    store.setState({ history: { doc, past: [], future: [] } });
    return store;
  }, [base, doc]);
}

export function Comparison({ older, newer, viewKey, title }: { older: Doc; newer: Doc; viewKey: string; title: string }) {
  const changes = useMemo(() => diff(older, newer), [older, newer]);
  const marks = useMemo(() => new Map(changes.map((c) => [c.id, c.kind])), [changes]);
  const store = useLookStore(useMemo(() => both(older, newer), [older, newer]));
  return (
    <div className="editor-body">
      <div className="editor-canvas">
        <EditorProvider value={store}>
          <Canvas viewKey={viewKey} marks={marks} />
        </EditorProvider>
      </div>
      <Changes changes={changes} title={title} />
    </div>
  );
}

function Changes({ changes, title }: { changes: readonly Change[]; title: string }) {
  return (
    <aside className="panel-right" aria-label={title}>
      <Group className="right-head">
        <h2>{title}</h2>
      </Group>
      <ul className="panel-list right-body">
        {changes.map((c) => {
          const [before, after] = [c.before, c.after];
          return (
            <li key={c.id} className="panel-line">
              <span className="change-mark" data-mark={c.kind} aria-hidden />
              <div>
                <Text size="sm" fw={600}>
                  {changeKinds[c.kind]}: {titleOf(after ?? before ?? { id: c.id, type: c.id, settings: {} })}
                </Text>
                {c.kind === 'changed' && before && after ? (
                  <Text size="sm" c="dimmed">
                    {summaryOf(before)} → {summaryOf(after)}
                  </Text>
                ) : null}
              </div>
            </li>
          );
        })}
      </ul>
      {changes.length === 0 ? (
        <Text size="sm" c="dimmed" p="md">
          The graph is the same; settings or places may differ.
        </Text>
      ) : null}
    </aside>
  );
}
