/** Tasks: work that outlives its request (api.md). */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { get, newKey, post } from '../api/client';
import type { Page } from '../api/types';

export interface Task {
  id: string;
  kind: string;
  scenario: number | null;
  state: 'running' | 'done' | 'failed' | 'cancelled';
  done: number;
  total: number;
  errors: unknown[];
  result?: unknown;
  by: string;
  createdAt: string;
  endedAt: string | null;
}

const lookEveryMs = 700;

export const tasks = infiniteQueryOptions({
  queryKey: ['tasks'],
  queryFn: ({ pageParam, signal }) => get<Page<Task>>('/tasks', { limit: 50, cursor: pageParam }, signal),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.nextCursor ?? undefined,
  staleTime: 0,
  // Looked at again while something runs, and else now and then, since anybody may begin something.
  refetchInterval: (q) => (q.state.data?.pages.some((p) => p.items.some((t) => t.state === 'running')) ? lookEveryMs : 2000),
});

export const task = (id: string) =>
  queryOptions({
    queryKey: ['task', id],
    queryFn: ({ signal }) => get<Task>(`/tasks/${id}`, undefined, signal),
    staleTime: 0,
    refetchInterval: (q) => (q.state.data && q.state.data.state !== 'running' ? false : lookEveryMs),
  });

export function useCancelTask() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => post<Task>(`/tasks/${id}:cancel`, {}, { key: newKey() }),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['tasks'] });
      void client.invalidateQueries({ queryKey: ['task'] });
    },
  });
}
