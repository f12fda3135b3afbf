/** Pressing Save: what it would do is told first where somebody is touched, and a refusal leads to what is to be mended. */
import { useQueryClient } from '@tanstack/react-query';
import { type RefObject, useState } from 'react';
import { isApiError, newKey } from '../../api/client';
import { scenario } from '../../api/queries';
import type { Plan } from '../../api/types';
import { texts } from '../../texts';
import { notice, noticeOf } from '../../ui/notices';
import { type DraftSaver, forget } from '../draft';
import { type EditorStore, problemsOf } from '../store';
import { type Choices, needsDialog, planOf, publish } from './publish';

interface Refusals {
  /** Somebody else saved before. */
  onConflict: () => void;
  onProblems: () => void;
}

export function useSaving(store: EditorStore, saver: RefObject<DraftSaver | null>, who: string, { onConflict, onProblems }: Refusals) {
  const client = useQueryClient();
  const [plan, setPlan] = useState<Plan | null>(null);
  const [isSaving, setSaving] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const { number } = store.getState().base;

  async function save(choices: Choices | null) {
    if (isSaving) return;
    setSaving(true);
    setError(null);
    // A draft that is still on its way would arrive after it was published.
    const goOn = await saver.current?.hold();
    try {
      const state = store.getState();
      if (!choices) {
        const next = await planOf(state);
        if (needsDialog(next, state)) return setPlan(next);
      }
      const sent = state.history.doc;
      const saved = await publish(state, choices ?? { note: '', moves: {}, keepTimes: [], key: newKey() });
      // What was drawn while the save was under way is a draft on top of it.
      const isWhole = store.getState().history.doc === sent;
      store.getState().set({ base: saved, switchTo: null, draftTag: 0, draft: isWhole ? { kind: 'published' } : { kind: 'changed' } });
      if (isWhole) forget(who, number);
      client.setQueryData(scenario(number).queryKey, saved);
      void client.invalidateQueries({ queryKey: ['scenarios'] });
      void client.invalidateQueries({ queryKey: ['revisions', number] });
      setPlan(null);
      notice(texts.editor.saved(saved.revision, state.switchTo));
    } catch (e) {
      if (isApiError(e) && e.status === 412) {
        setPlan(null);
        onConflict();
      } else {
        const found = problemsOf(e);
        if (found.length > 0) store.getState().setProblems(found);
        if (plan) setError(e instanceof Error ? e.message : String(e));
        else {
          noticeOf(e);
          if (found.length > 0) onProblems();
        }
      }
    } finally {
      goOn?.();
      setSaving(false);
    }
  }

  const cancel = () => {
    setPlan(null);
    setError(null);
  };
  return { plan, isSaving, error, save, cancel };
}
