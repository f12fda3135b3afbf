/** An older version, on the same canvas: as it was, or with what has changed since painted into it. */
import { Button, SegmentedControl, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { revision } from '../api/queries';
import type { RevisionWhole } from '../api/types';
import { exactTime } from '../app/numbers';
import { docOf } from '../doc/model';
import { PageState } from '../ui/PageState';
import { Comparison, useLookStore } from './Comparison';
import { Canvas } from './canvas/Canvas';
import { ElementWindow } from './ElementWindow';
import { placed } from './placed';
import { docOfScenario, EditorProvider, useEditor, useEditorStore } from './store';

export function VersionView({ revision: r }: { revision: number }) {
  const number = useEditor((s) => s.base.number);
  const places = useEditor((s) => s.base.definition.layout);
  const client = useQueryClient();
  // A version keeps no places: elements stand where they stand now, and what is gone is laid out.
  const found = useQuery({
    queryKey: ['version', number, r, places],
    queryFn: async () => placed(await client.fetchQuery(revision(number, r)), places),
  });
  return (
    <PageState isPending={found.isPending} error={found.error} hasData={found.data !== undefined} retry={() => void found.refetch()}>
      {found.data ? <Shown key={r} of={found.data} /> : null}
    </PageState>
  );
}

function Shown({ of }: { of: RevisionWhole }) {
  const editor = useEditorStore();
  const base = useEditor((s) => s.base);
  const isReadOnly = useEditor((s) => s.isReadOnly);
  const navigate = useNavigate();
  const [view, setView] = useState('then');
  const newest = useMemo(() => docOfScenario(base), [base]);
  const then = useMemo(() => docOf(of.definition, of.settings), [of]);
  const store = useLookStore(then);
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
      {view === 'since' ? (
        <Comparison older={then} newer={newest} viewKey={`scenarios/view/${base.number}/${of.revision}/since`} title="Changed since" />
      ) : (
        <div className="editor-body">
          <div className="editor-canvas">
            <EditorProvider value={store}>
              <Canvas viewKey={`scenarios/view/${base.number}/${of.revision}`} />
              <ElementWindow />
            </EditorProvider>
          </div>
        </div>
      )}
    </div>
  );
}
