/** An older version, on the same canvas: as it was, or with what has changed since painted into it. */
import { Button, Group, SegmentedControl, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { revision } from '../api/queries';
import type { RevisionWhole } from '../api/types';
import { exactTime } from '../app/numbers';
import { type Change, diff } from '../doc/diff';
import { withPlaces } from '../doc/layout';
import { type Doc, docOf } from '../doc/model';
import { changeKinds } from '../texts';
import { PageState } from '../ui/PageState';
import { Canvas } from './canvas/Canvas';
import { ElementWindow } from './ElementWindow';
import { outputsOf, summaryOf, titleOf } from './elements/registry';
import { createEditorStore, docOfScenario, EditorProvider, useEditor, useEditorStore } from './store';

export function VersionView({ revision: r }: { revision: number }) {
  const number = useEditor((s) => s.base.number);
  const found = useQuery(revision(number, r));
  return (
    <PageState isPending={found.isPending} error={found.error} hasData={found.data !== undefined} retry={() => void found.refetch()}>
      {found.data ? <Shown key={r} of={found.data} /> : null}
    </PageState>
  );
}

/** Both graphs in one: the newer one, and what it no longer has. */
function union(older: Doc, newer: Doc): Doc {
  const ids = new Set(newer.elements.map((e) => e.id));
  const gone = older.elements.filter((e) => !ids.has(e.id));
  const taken = new Set(newer.links.map((l) => `${l.from} ${l.output}`));
  const all = new Set([...ids, ...gone.map((e) => e.id)]);
  return {
    ...newer,
    elements: [...newer.elements, ...gone],
    links: [
      ...newer.links,
      ...older.links.filter((l) => !taken.has(`${l.from} ${l.output}`) && all.has(l.from) && all.has(l.to) && (!ids.has(l.from) || !ids.has(l.to))),
    ],
    layout: { ...older.layout, ...newer.layout },
  };
}

function Shown({ of }: { of: RevisionWhole }) {
  const editor = useEditorStore();
  const base = useEditor((s) => s.base);
  const isReadOnly = useEditor((s) => s.isReadOnly);
  const navigate = useNavigate();
  const [view, setView] = useState('then');
  const newest = useMemo(() => docOfScenario(base), [base]);
  const then = useMemo(() => {
    // A version keeps no places: elements stand where they stand now, and what is gone is laid out.
    const bare = docOf(of.definition, of.settings);
    const known = bare.elements.every((e) => newest.layout[e.id]);
    return withPlaces({ ...bare, layout: known ? newest.layout : {} }, outputsOf);
  }, [of, newest]);
  const changes = useMemo(() => diff(then, newest), [then, newest]);
  const shown = view === 'then' ? then : union(then, newest);
  const store = useMemo(() => {
    const s = createEditorStore(base, null, true);
    s.setState({ history: { doc: shown, past: [], future: [] } });
    return s;
  }, [base, shown]);
  const marks = useMemo(() => (view === 'then' ? undefined : new Map(changes.map((c) => [c.id, c.kind]))), [view, changes]);
  const back = () => void navigate({ to: '/scenarios/$number', params: { number: String(base.number) }, search: { panel: 'versions' } });
  const restore = () => {
    editor.getState().replace({ ...then, bin: editor.getState().history.doc.bin }, `Restore version ${of.revision}`);
    back();
  };
  return (
    <div className="editor">
      <div className="banner version-banner">
        <Text fw={600}>Version {of.revision}</Text>
        <Text c="dimmed" size="sm">
          {of.note ? `${of.note} · ` : ''}
          {of.by.replace(/ \([^)]*\)$/, '')}, {exactTime(of.at)}
        </Text>
        <div className="grow" />
        {of.revision < base.revision ? (
          <SegmentedControl
            size="sm"
            aria-label="What is shown"
            value={view}
            onChange={setView}
            data={[
              { value: 'then', label: 'As it was' },
              { value: 'since', label: 'Changed since' },
            ]}
          />
        ) : null}
        {isReadOnly || of.revision === base.revision ? null : (
          <Button size="sm" variant="light" onClick={restore}>
            Restore as draft
          </Button>
        )}
        <Button size="sm" variant="default" onClick={back}>
          Back to the newest
        </Button>
      </div>
      <div className="editor-body">
        <div className="editor-canvas">
          <EditorProvider value={store}>
            <Canvas key={view} viewKey={`scenarios/view/${base.number}/${of.revision}`} marks={marks} />
            <ElementWindow />
          </EditorProvider>
        </div>
        {view === 'since' ? <Changes changes={changes} /> : null}
      </div>
    </div>
  );
}

function Changes({ changes }: { changes: readonly Change[] }) {
  return (
    <aside className="panel-right" aria-label="Changes">
      <Group className="right-head">
        <h2>Changed since</h2>
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
        {changes.length === 0 ? (
          <Text size="sm" c="dimmed" p="md">
            The graph is the same; settings or places may differ.
          </Text>
        ) : null}
      </ul>
    </aside>
  );
}
