/** Databases and profiles as the API shows them. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { get } from '../api/client';
import type { Page } from '../api/types';
import type { RunState } from '../runs/api';

export interface Subscription {
  channel: string;
  resource?: string;
  address?: string;
  status: 'subscribed' | 'unsubscribed' | 'pending';
  at: string;
}

export interface Profile {
  id: string;
  email: string | null;
  phone: string | null;
  timeZone: string | null;
  fields: Record<string, unknown>;
  subscriptions: Subscription[];
  createdAt: string;
  updatedAt: string;
}

export interface TimelineItem {
  kind: 'run' | 'declined';
  at: string;
  scenario: number;
  title: string;
  runId: string | null;
  state: RunState | null;
  reason: string | null;
  goal: string | null;
  element: string | null;
  endedAt: string | null;
  leavesAt: string | null;
}

const of = (db: string) => `/databases/${encodeURIComponent(db)}/profiles`;

export const profilePath = (db: string, id: string) => `${of(db)}/${encodeURIComponent(id)}`;

export const profiles = (db: string, q: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['profiles', db, q ?? ''],
    queryFn: ({ pageParam, signal }) => get<Page<Profile>>(of(db), { q, limit: 50, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });

export const profile = (db: string, id: string) =>
  queryOptions({ queryKey: ['profile', db, id], queryFn: ({ signal }) => get<Profile>(profilePath(db, id), undefined, signal) });

export const timeline = (db: string, id: string) =>
  infiniteQueryOptions({
    queryKey: ['timeline', db, id],
    queryFn: ({ pageParam, signal }) => get<Page<TimelineItem>>(`${profilePath(db, id)}/timeline`, { limit: 50, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextCursor ?? undefined,
  });

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);

/** The field name, or first and last name; null where the database has neither. */
export function nameOf({ fields }: Pick<Profile, 'fields'>): string | null {
  return text(fields.name) ?? ([text(fields.firstName), text(fields.lastName)].filter(Boolean).join(' ') || null);
}

export function valueInWords(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return Array.isArray(value) ? value.join(', ') : String(value);
}
