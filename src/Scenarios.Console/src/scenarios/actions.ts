/** What one does with a scenario, from its row and from its editor. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call, newKey, post } from '../api/client';
import type { ActivateAnswer, Scenario, StopAnswer, StopMode } from '../api/types';
import { texts } from '../texts';
import { notice, noticeOf } from '../ui/notices';

function useRefresh(n?: number) {
  const client = useQueryClient();
  return () => {
    void client.invalidateQueries({ queryKey: ['scenarios'] });
    if (n !== undefined) void client.invalidateQueries({ queryKey: ['scenario', n] });
  };
}

export function useActivate(n: number) {
  return useMutation({
    mutationFn: (clear: boolean) => post<ActivateAnswer>(`/scenarios/${n}:activate`, { clear }, { key: newKey() }),
    onSuccess: useRefresh(n),
  });
}

/** What an activation would do, without doing it. */
export const activationPreview = (n: number) => post<ActivateAnswer>(`/scenarios/${n}:activate`, {}, { query: { dryRun: true } });

export function useStop(n: number) {
  return useMutation({
    mutationFn: (mode: StopMode) => post<StopAnswer>(`/scenarios/${n}:deactivate`, { mode }, { key: newKey() }),
    onSuccess: useRefresh(n),
  });
}

export function useClear(n: number) {
  return useMutation({ mutationFn: () => post<{ ended: number }>(`/scenarios/${n}:clear`, {}, { key: newKey() }), onSuccess: useRefresh(n) });
}

export function useClone(onDone: (copy: Scenario) => void) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (n: number) => post<Scenario>(`/scenarios/${n}:clone`, {}, { key: newKey() }),
    onSuccess: (copy) => {
      refresh();
      notice(texts.list.cloned(copy.title), { action: { label: 'Open', run: () => onDone(copy) } });
    },
    onError: noticeOf,
  });
}

export function useRestore() {
  const refresh = useRefresh();
  return useMutation({ mutationFn: (n: number) => post<Scenario>(`/scenarios/${n}:restore`), onSuccess: refresh, onError: noticeOf });
}

/** Into the trash, with a way back for ten seconds. */
export function useDelete() {
  const refresh = useRefresh();
  const restore = useRestore();
  return useMutation({
    mutationFn: async (s: { number: number; title: string }) => {
      await call('DELETE', `/scenarios/${s.number}`);
      return s;
    },
    onSuccess: (s) => {
      refresh();
      notice(texts.list.deleted(s.title), { action: { label: 'Undo', run: () => restore.mutate(s.number) } });
    },
    onError: noticeOf,
  });
}
