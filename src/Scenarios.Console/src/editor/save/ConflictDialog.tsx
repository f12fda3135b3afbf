/** Somebody else saved, or drew, in between: nothing is ever overwritten without a word, and both documents survive. */
import { Alert, Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/client';
import type { Scenario } from '../../api/types';
import { exactTime } from '../../app/numbers';
import { diff } from '../../doc/diff';
import { changeKinds } from '../../texts';
import { Failure } from '../../ui/PageState';
import { Window } from '../../ui/Window';
import { Comparison } from '../Comparison';
import { readDraft } from '../draft';
import { titleOf } from '../elements/registry';
import { placed } from '../placed';
import { docOfDraft, docOfScenario, useEditor, useEditorStore } from '../store';

export function ConflictDialog({ onResolved, onClose }: { onResolved: () => void; onClose: () => void }) {
  const store = useEditorStore();
  const number = useEditor((s) => s.base.number);
  const doc = useEditor((s) => s.history.doc);
  const theirs = useQuery({
    queryKey: ['conflict', number],
    queryFn: async () => ({
      scenario: await placed((await call<Scenario>('GET', `/scenarios/${number}`)).data),
      draft: await readDraft(number),
    }),
    staleTime: 0,
    gcTime: 0,
  });
  const { data } = theirs;
  const [looks, setLooks] = useState(false);
  const theirDoc = data ? (data.draft ? docOfDraft(data.draft.body.draft) : docOfScenario(data.scenario)) : null;
  const changes = theirDoc ? diff(theirDoc, doc) : [];
  const who = data?.draft
    ? `${data.draft.body.by.replace(/ \([^)]*\)$/, '')} drew at ${exactTime(data.draft.body.at)}`
    : data
      ? `Version ${data.scenario.revision} was saved at ${exactTime(data.scenario.updatedAt)}`
      : '';

  const keepMine = () => {
    if (!data) return;
    store.getState().set({ base: data.scenario, draftTag: data.draft?.tag ?? 0, draft: { kind: 'changed' } });
    onResolved();
  };
  const takeTheirs = () => {
    if (!data || !theirDoc) return;
    store.getState().set({ base: data.scenario, draftTag: data.draft?.tag ?? 0, switchTo: data.draft?.body.draft.status ?? null });
    // As a step, so that undo brings mine back.
    store.getState().replace(theirDoc, 'Take theirs');
    onResolved();
  };

  return (
    <Window onClose={onClose} title="Somebody else was here" size={looks ? 'calc(100vw - 96px)' : 'lg'} yOffset={looks ? 24 : '8vh'}>
      <Stack gap="md">
        {theirs.error ? <Failure error={theirs.error} retry={() => void theirs.refetch()} /> : null}
        {data ? (
          <>
            <Text>{who}, after you had begun. Nothing is lost: choose what goes on.</Text>
            {looks && theirDoc ? (
              <div className="compare">
                <Comparison older={theirDoc} newer={doc} viewKey={`scenarios/view/${number}/conflict`} title="Yours, compared with theirs" />
              </div>
            ) : (
              <Alert color="gray" title={changes.length === 0 ? 'Both drew the same graph' : 'Yours, compared with theirs'}>
                <ul className="plain-list">
                  {changes.slice(0, 10).map((c) => (
                    <li key={c.id}>
                      {changeKinds[c.kind]}: {titleOf(c.after ?? c.before ?? { id: c.id, type: c.id, settings: {} })}
                    </li>
                  ))}
                  {changes.length > 10 ? <li>and {changes.length - 10} more</li> : null}
                </ul>
              </Alert>
            )}
          </>
        ) : null}
        <Group justify="flex-end">
          {changes.length > 0 ? (
            <Button variant="subtle" onClick={() => setLooks(!looks)} mr="auto">
              {looks ? 'Hide the canvas' : 'See what changed'}
            </Button>
          ) : null}
          <Button variant="default" onClick={takeTheirs} disabled={!data}>
            Take theirs
          </Button>
          <Button onClick={keepMine} disabled={!data}>
            Keep mine, as a draft on top
          </Button>
        </Group>
      </Stack>
    </Window>
  );
}
