/** The public API, as the tests seed and look through it. */
export const url = () => process.env.SCENARIOS_URL ?? '';
export const token = () => process.env.SCENARIOS_TOKEN ?? '';

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

export interface Scenario {
  number: number;
  revision: number;
  status: string;
  definition: { elements: { id: string; type: string; settings?: Record<string, unknown> }[]; links: { from: string; output: string; to: string }[] };
}

export const scenarioOf = (n: number) => api<Scenario>('GET', `/scenarios/${n}`);

export const create = async (title: string, definition?: unknown) => (await api<Scenario>('POST', '/scenarios', { title, database: 'default', ...(definition ? { definition } : {}) })).number;

export const capture = (n: number, profileId: string) => api<{ accepted: boolean }>('POST', `/scenarios/${n}/captures`, { profileId, profile: {} });

/** start > type > type …, as the links lead by the first output. */
export function walk(s: Scenario): string {
  const path: string[] = [];
  for (let id: string | undefined = 'start'; id; ) {
    const element = s.definition.elements.find((e) => e.id === id);
    path.push(element?.type ?? '?');
    const from: string = id;
    id = s.definition.links.find((l) => l.from === from)?.to;
    if (path.length > 400) break;
  }
  return path.join(' > ');
}
