/** What one has to know about the page as a whole: that one may only look, that the server is silent, whose draft it is, what was kept here. */
import { Alert, Button, Group } from '@mantine/core';
import { type RefObject, useState } from 'react';
import { useSession } from '../app/auth';
import { useIsStale } from '../app/live';
import { exactTime } from '../app/numbers';
import { texts } from '../texts';
import { type DraftSaver, forget, recovered } from './draft';
import { docOfDraft, useEditor, useEditorStore } from './store';

export function Banners({ saver }: { saver: RefObject<DraftSaver | null> }) {
  const who = useSession();
  const store = useEditorStore();
  const { number } = useEditor((s) => s.base);
  const draft = useEditor((s) => s.draft);
  const isReadOnly = useEditor((s) => s.isReadOnly);
  const isStale = useIsStale();
  const [local, setLocal] = useState(() => (isReadOnly ? null : recovered(who.tokenId, number)));
  const by = draft.kind === 'saved' ? draft.by : null;
  const isOthers = by !== null && !by.includes(`(${who.tokenId})`);
  return (
    <>
      {isReadOnly ? <div className="banner">{texts.editor.readOnlyRole(who.role)}</div> : null}
      {draft.kind === 'offline' ? <div className="banner bad">{texts.editor.offline}</div> : null}
      {isStale && draft.kind !== 'offline' ? <div className="banner">The live numbers are not fresh: the server is silent.</div> : null}
      {isOthers && draft.kind === 'saved' ? (
        <div className="banner">{texts.editor.otherDraft(by.replace(/ \([^)]*\)$/, ''), exactTime(draft.at))} What you change goes on from it.</div>
      ) : null}
      {local ? (
        <Alert color="yellow" radius={0} p="xs">
          <Group gap="sm">
            {texts.editor.recovered}
            <Button
              size="compact-sm"
              onClick={() => {
                store.getState().replace(docOfDraft(local.body), 'Take up what was kept here');
                setLocal(null);
              }}
            >
              Take them up
            </Button>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => {
                forget(who.tokenId, number);
                setLocal(null);
              }}
            >
              Forget them
            </Button>
          </Group>
        </Alert>
      ) : null}
      {draft.kind === 'refused' ? (
        <div className="banner bad">
          {draft.message}{' '}
          <Button size="compact-sm" variant="default" onClick={() => void saver.current?.flush()}>
            Try again
          </Button>
        </div>
      ) : null}
    </>
  );
}
