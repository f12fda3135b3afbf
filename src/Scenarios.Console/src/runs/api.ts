/** Runs as the API shows them (api.md), and what one does with one in flight. */
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { call, get, newKey, post } from '../api/client';
import type { Page } from '../api/types';

export type RunState = 'waiting' | 'performing' | 'completed' | 'failed' | 'left';

export interface Run {
  runId: string;
  profileId: string;
  state: RunState;
  reason: string | null;
  goal: string | null;
  element: string;
  enteredAt: string;
  arrivedAt: string | null;
  endedAt: string | null;
  leavesAt: string | null;
  hasContent: boolean;
}

/** Name and email only for who may see profiles. */
export interface StandingRun extends Run {
  name: string | null;
  email: string | null;
}

export interface Seen {
  what: string;
  op: string;
  expected?: string | null;
  seen: string | null;
  held: boolean;
}

/** What decided a step. Here is what can happen at any element; the rest is known by the element's type (editor/elements). */
export interface StepDetail {
  seen?: Seen[];
  code?: string;
  reason?: string;
  released?: boolean;
  postponed?: boolean;
  movedTo?: string;
  successor?: string;
  [own: string]: unknown;
}

export interface TrailStep {
  step: number;
  element: string;
  at: string | null;
  leftAt?: string | null;
  leavesAt?: string | null;
  output: string | null;
  detail?: StepDetail;
  end?: { state: RunState; reason?: string; goal?: string };
}

export interface RunTrail extends Run {
  trail: TrailStep[];
}

export interface StandingFilter {
  q?: string | undefined;
  order?: 'entered' | 'leaves' | undefined;
  overdue?: boolean | undefined;
}

export const pageSize = 50;

const following = <T>(page: Page<T>) => page.nextCursor ?? undefined;

export const standingPage = (n: number, element: string, filter: StandingFilter, limit: number, cursor: string | undefined, signal: AbortSignal) =>
  get<Page<StandingRun>>(`/scenarios/${n}/elements/${encodeURIComponent(element)}/runs`, { ...filter, limit, cursor }, signal);

export const standingRuns = (n: number, element: string, filter: StandingFilter) =>
  infiniteQueryOptions({
    queryKey: ['standing', n, element, filter],
    queryFn: ({ pageParam, signal }) => standingPage(n, element, filter, pageSize, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: following,
  });

export interface RunFilter {
  profileId?: string | undefined;
  state?: RunState | undefined;
  reason?: string | undefined;
}

export const runs = (n: number, filter: RunFilter) =>
  infiniteQueryOptions({
    queryKey: ['runs', n, filter],
    queryFn: ({ pageParam, signal }) => get<Page<Run>>(`/scenarios/${n}/runs`, { ...filter, limit: pageSize, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: following,
  });

export const run = (n: number, id: string) =>
  queryOptions({ queryKey: ['run', n, id], queryFn: ({ signal }) => get<RunTrail>(`/scenarios/${n}/runs/${id}`, undefined, signal) });

export const contentUrl = (n: number, id: string) => `/api/v1/scenarios/${n}/runs/${id}/content`;

export type RunVerb = { action: 'remove' } | { action: 'release' } | { action: 'postpone'; until: string };

/** One run. A run that has moved on meanwhile is refused with 409, which is news and no fault. */
export function useRunCommand(n: number) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, verb }: { id: string; verb: RunVerb }) => {
      const path = `/scenarios/${n}/runs/${id}`;
      if (verb.action === 'remove') await call('DELETE', path, { key: newKey() });
      else if (verb.action === 'release') await post(`${path}:release`, {}, { key: newKey() });
      else await post(`${path}:postpone`, { until: verb.until }, { key: newKey() });
    },
    onSettled: (_, __, { id, verb }) => {
      // Who waits longer is still there, with another time.
      if (verb.action === 'postpone') void client.invalidateQueries({ queryKey: ['standing', n] });
      void client.invalidateQueries({ queryKey: ['run', n, id] });
      void client.invalidateQueries({ queryKey: ['runs', n] });
    },
  });
}
