import { infiniteQueryOptions } from '@tanstack/react-query';
import { get } from '../api/client';
import type { Page, Role } from '../api/types';

export type TokenRole = Role | 'ingest';

export interface Token {
  id: string;
  name: string;
  role: TokenRole;
  groups: string[];
  database: string | null;
  operator: boolean;
  createdAt: string;
  expiresAt: string | null;
  /** To about a minute. */
  lastUsedAt: string | null;
}

export interface AuditEntry {
  id: string;
  at: string;
  actor: string;
  action: string;
  subject: string;
  detail: Record<string, unknown>;
}

export const tokens = infiniteQueryOptions({
  queryKey: ['tokens'],
  queryFn: ({ pageParam, signal }) => get<Page<Token>>('/tokens', { limit: 100, cursor: pageParam }, signal),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.nextCursor ?? undefined,
});

export const audit = infiniteQueryOptions({
  queryKey: ['audit'],
  queryFn: ({ pageParam, signal }) => get<Page<AuditEntry>>('/audit', { limit: 50, cursor: pageParam }, signal),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.nextCursor ?? undefined,
  staleTime: 0,
});
