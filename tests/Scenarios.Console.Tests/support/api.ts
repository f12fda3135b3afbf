/** The public API, as the tests seed and look through it. */
import { expect } from '@playwright/test';

let server = { url: '', token: '' };

/** Of the server that the worker started. */
export const use = (of: { url: string; token: string }) => {
  server = { url: of.url, token: of.token };
};

export const url = () => server.url;
export const token = () => server.token;

export async function api<T = unknown>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
  const answer = await fetch(`${url()}/api/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${token()}`, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return (text ? JSON.parse(text) : null) as T;
}

export interface Element {
  id: string;
  type: string;
  name?: string;
  settings?: Record<string, unknown>;
}

export interface Link {
  from: string;
  output: string;
  to: string;
}

export interface Definition {
  elements: Element[];
  links: Link[];
  layout?: Record<string, { x: number; y: number }>;
}

export interface Scenario {
  number: number;
  title: string;
  database: string;
  revision: number;
  status: string;
  settings: Record<string, unknown>;
  about: { description: string; tags: string[]; groups: string[] };
  definition: Definition;
}

export const start: Element = { id: 'start', type: 'apiCall', name: 'Default' };

/** start > each element, by its first output. */
export function chain(...elements: Element[]): Definition {
  const first: Record<string, string> = { webhook: 'success', condition: 'yes', split: 'A', goto: 'declined' };
  const all = [start, ...elements];
  return {
    elements: all,
    links: elements.map((e, i) => ({ from: all[i]?.id ?? '', output: first[all[i]?.type ?? ''] ?? 'next', to: e.id })),
  };
}

export const wait = (id: string, days = 1): Element => ({ id, type: 'wait', settings: { duration: { days } } });

export const scenarioOf = (n: number) => api<Scenario>('GET', `/scenarios/${n}`);

interface More {
  definition?: Definition;
  settings?: Record<string, unknown>;
  about?: Record<string, unknown>;
  database?: string;
}

export const create = async (title: string, { database = 'default', ...more }: More = {}) =>
  (await api<Scenario>('POST', '/scenarios', { title, database, ...more })).number;

/** Created and switched on. */
export async function running(title: string, more: More = {}): Promise<number> {
  const n = await create(title, { definition: chain(wait('w1'), { id: 'e1', type: 'end' }), ...more });
  await api('POST', `/scenarios/${n}:activate`, {});
  return n;
}

export const capture = (n: number, profileId: string) =>
  api<{ accepted: boolean; reason?: string }>('POST', `/scenarios/${n}/captures`, { profileId, profile: {} });

export async function captureMany(n: number, count: number, prefix = 'p') {
  for (let i = 0; i < count; i += 1000)
    await api('POST', `/scenarios/${n}/captures:batch`, {
      items: Array.from({ length: Math.min(1000, count - i) }, (_, j) => ({ profileId: `${prefix}-${i + j}`, profile: {} })),
    });
}

export const live = (n: number) => api<{ inside: number; elements: Record<string, number> }>('GET', `/scenarios/${n}/live`);

/** What the editor kept on the server; null where there is no draft. */
export const draftOf = (n: number) =>
  api<{ draft: { definition: Definition; bin: { element: Element }[]; settings: Record<string, unknown> } }>('GET', `/scenarios/${n}/draft`).then(
    (d) => d.draft,
    (e: Error) => {
      if (e.message.includes('noDraft')) return null;
      throw e;
    },
  );

/** Waits until the server's draft is as told. */
export const untilDraft = (n: number, seen: (d: NonNullable<Awaited<ReturnType<typeof draftOf>>>) => unknown) =>
  expect.poll(async () => {
    const draft = await draftOf(n);
    return draft ? seen(draft) : null;
  });

export const newToken = async (name: string, role: string, groups: string[] = []) =>
  (await api<{ token: string }>('POST', '/tokens', { name, role, groups })).token;

/** start > type > type …, as the links lead by the first output that is linked. */
export function walk(d: Definition): string {
  const path: string[] = [];
  for (let id: string | undefined = 'start'; id && path.length < 400; ) {
    const element = d.elements.find((e) => e.id === id);
    path.push(element?.type ?? '?');
    const from: string = id;
    id = d.links.find((l) => l.from === from)?.to;
  }
  return path.join(' > ');
}
