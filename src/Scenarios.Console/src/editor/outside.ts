/** What others do to the scenario while the page is open. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { scenario } from '../api/queries';
import { useLiveState } from '../app/live';
import { notice } from '../ui/notices';
import { placed } from './placed';
import { docOfScenario, useEditor, useEditorStore } from './store';

/** Somebody else switched it on or off, or saved, while the page is open. */
export function useOutsideChanges() {
  const store = useEditorStore();
  const number = useEditor((s) => s.base.number);
  const state = useLiveState(number);
  const client = useQueryClient();
  useEffect(() => {
    if (!state) return;
    const { base } = store.getState();
    if (state.status === base.status && state.revision <= base.revision) return;
    void client
      .fetchQuery({ ...scenario(number), staleTime: 0 })
      .then((s) => placed(s))
      .then(
        (now) => {
          const s = store.getState();
          // A new version under a clean page is simply shown; under a draft the save will ask.
          if (now.revision > s.base.revision && s.draft.kind === 'published') {
            s.set({ base: now });
            s.replace(docOfScenario(now), `Version ${now.revision}`);
            s.set({ draft: { kind: 'published' } });
            notice(`Version ${now.revision} was saved by somebody else.`);
          } else if (now.revision <= s.base.revision) s.set({ base: { ...s.base, status: now.status, activatedAt: now.activatedAt } });
          else s.set({ base: { ...s.base, status: now.status } });
        },
        () => {},
      );
  }, [state, number, store, client]);
}
