/** What the console asks the API, with the key under which each answer is kept. */
import { infiniteQueryOptions, QueryClient, queryOptions } from '@tanstack/react-query';
import { call, get, isApiError } from './client';
import type { Account, Database, Page, Revision, RevisionWhole, Scenario, ScenarioLine, Session, Statistics } from './types';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What was refused stays refused; silence is asked again.
      retry: (count, error) => count < 2 && (!isApiError(error) || error.status === 0 || error.status >= 500),
    },
  },
});

export interface ScenarioFilter {
  q?: string | undefined;
  tag?: string | undefined;
  status?: string | undefined;
  group?: string | undefined;
  trash?: boolean | undefined;
}

export const session = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => get<Session>('/session', undefined, signal),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

export const scenarios = (filter: ScenarioFilter, limit = 100) =>
  infiniteQueryOptions({
    queryKey: ['scenarios', filter, limit],
    queryFn: ({ pageParam, signal }) => get<Page<ScenarioLine>>('/scenarios', { ...filter, limit, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });

/** The first page once more, to be compared with what a list shows. */
export const newest = (filter: ScenarioFilter) => get<Page<ScenarioLine>>('/scenarios', { ...filter, limit: 100 });

export const scenario = (n: number) =>
  queryOptions({ queryKey: ['scenario', n], queryFn: async ({ signal }) => (await call<Scenario>('GET', `/scenarios/${n}`, { signal })).data });

/** For menus: at most a thousand of them. */
export const databases = queryOptions({
  queryKey: ['databases'],
  queryFn: ({ signal }) => get<Page<Database>>('/databases', { limit: 1000 }, signal),
  staleTime: 60_000,
});

export const database = (name: string) =>
  queryOptions({
    queryKey: ['database', name],
    queryFn: ({ signal }) => get<Database>(`/databases/${encodeURIComponent(name)}`, undefined, signal),
    staleTime: 60_000,
  });

export const groups = queryOptions({
  queryKey: ['groups'],
  queryFn: ({ signal }) => get<{ items: string[] }>('/groups', undefined, signal),
  staleTime: 60_000,
});

export const account = queryOptions({
  queryKey: ['account'],
  queryFn: ({ signal }) => get<Account>('/account', undefined, signal),
  staleTime: 60_000,
});

export const revisions = (n: number) =>
  infiniteQueryOptions({
    queryKey: ['revisions', n],
    queryFn: ({ pageParam, signal }) => get<Page<Revision>>(`/scenarios/${n}/revisions`, { limit: 30, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });

export const revision = (n: number, r: number) =>
  queryOptions({
    queryKey: ['revision', n, r],
    queryFn: ({ signal }) => get<RevisionWhole>(`/scenarios/${n}/revisions/${r}`, undefined, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Entries a day over the last seven, for a row of the list. */
export const week = (n: number) =>
  queryOptions({
    queryKey: ['week', n],
    queryFn: ({ signal }) => get<Statistics>(`/scenarios/${n}/statistics`, { by: 'day' }, signal),
    staleTime: 300_000,
    retry: false,
  });
