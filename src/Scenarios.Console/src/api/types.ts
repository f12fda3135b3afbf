/** The shapes of the public API (api.md, elements.md) that the console reads. */
import type { Link, Place, Settings } from '../doc/model';

export type Role = 'viewer' | 'operator' | 'editor' | 'admin';
export type FieldType = 'text' | 'number' | 'boolean' | 'date' | 'dateTime' | 'list';
export type Status = 'active' | 'inactive' | 'finishing';
export type ReentryMode = 'never' | 'afterExit' | 'restart' | 'parallel';

export interface Session {
  name: string;
  tokenId: string;
  account: string;
  role: Role;
  groups: string[];
  operator: boolean;
}

export interface Account {
  name: string;
  timeZone: string;
  retentionDays: number;
  ratePerSecond: number | null;
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

export interface Field {
  name: string;
  type: FieldType;
}

export interface Database {
  name: string;
  fields: Field[];
  groups: string[];
}

export interface ScenarioLine {
  number: number;
  title: string;
  database: string;
  status: Status;
  revision: number;
  tags: string[];
  groups: string[];
  inside: number;
  entered: number;
  completed: number;
  createdAt: string;
  updatedAt: string;
  deletedAt: string | null;
  hasDraft: boolean;
}

export interface About {
  description: string;
  tags: string[];
  groups: string[];
}

export interface Definition {
  elements: { id: string; type: string; name?: string; settings?: Settings }[];
  links: Link[];
  layout?: Record<string, Place>;
}

export interface Scenario {
  number: number;
  title: string;
  database: string;
  status: Status;
  revision: number;
  settings: Settings;
  about: About;
  definition: Definition;
  createdAt: string;
  updatedAt: string;
  activatedAt: string | null;
}

/** `path` is a JSON pointer into what was sent, as /definition/elements/3/settings/url. */
export interface Problem {
  element: string | null;
  code: string;
  message: string;
  severity: 'error' | 'warning';
  path: string;
}

export interface Plan {
  changes: {
    element: string;
    kind: 'added' | 'removed' | 'changed' | 'relinked';
    inside: number;
    effect: 'ends' | 'moves' | 'recomputes' | 'none';
  }[];
  problems: Problem[];
}

export interface ActivateAnswer {
  status: Status;
  frozen: number;
  overdue: number;
  lastLeavesAt: string | null;
}

export interface StopAnswer {
  status: Status;
  frozen: number;
  ended: number;
}

export type StopMode = 'end' | 'freeze' | 'finish';

export interface Live {
  inside: number;
  elements: Record<string, number>;
  at: string;
}

export interface Draft<T> {
  version: number;
  by: string;
  at: string;
  draft: T;
}

export interface Revision {
  revision: number;
  at: string;
  by: string;
  note: string | null;
  changes: { element: string; kind: 'added' | 'removed' | 'changed' | 'relinked' }[];
}

export interface RevisionWhole {
  revision: number;
  at: string;
  by: string;
  note: string | null;
  settings: Settings;
  definition: Definition;
}

export interface Statistics {
  from: string;
  to: string;
  totals: { entered: number; completed: number; failed: number };
  series: { at: string; entered: number; completed: number; failed: number }[];
}
