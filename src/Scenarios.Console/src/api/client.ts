/** The one way to the API: JSON, the session's cookie, problem details as errors, a key on every write. */

export interface FieldFault {
  path: string;
  code: string;
  message: string;
  element?: string;
}

/** A refusal of the API (RFC 9457), or its silence: then `status` is 0 and `code` is `offline`. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly errors: readonly FieldFault[],
    readonly requestId: string | null,
  ) {
    super(detail);
  }

  /** What was said about one field of the body, by its JSON pointer. */
  at(path: string): string | undefined {
    return this.errors.find((e) => e.path === path)?.message;
  }
}

export interface Answer<T> {
  data: T;
  /** The number in the answer's ETag, to be sent back with If-Match. */
  tag: number | null;
}

interface Options {
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  /** The number of the ETag that was seen. */
  ifMatch?: number;
  /** So that a double click, or a second try after silence, is one write. */
  key?: string;
  signal?: AbortSignal;
  keepalive?: boolean;
}

/** Called on 401: somebody revoked the token, or the session is over. */
let signedOut: () => void = () => {};
export function onSignedOut(action: () => void) {
  signedOut = action;
}

export async function call<T>(method: string, path: string, options: Options = {}): Promise<Answer<T>> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options.query ?? {})) if (value !== undefined && value !== '') query.set(name, String(value));
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET') headers['X-Scenarios-Console'] = '1';
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (options.ifMatch !== undefined) headers['If-Match'] = `"${options.ifMatch}"`;
  if (options.key !== undefined) headers['Idempotency-Key'] = options.key;
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}${query.size > 0 ? `?${query}` : ''}`, {
      method,
      headers,
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.keepalive ? { keepalive: true } : {}),
    });
  } catch (e) {
    if (e instanceof DOMException && e.name === 'AbortError') throw e;
    throw new ApiError(0, 'offline', 'The server does not answer.', [], null);
  }
  const requestId = response.headers.get('X-Request-Id');
  if (!response.ok) {
    const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string; errors?: FieldFault[] };
    if (response.status === 401 && path !== '/session') signedOut();
    throw new ApiError(
      response.status,
      problem.code ?? 'refused',
      problem.detail ?? `The server answered ${response.status}.`,
      problem.errors ?? [],
      requestId,
    );
  }
  const tag = response.headers.get('ETag');
  const text = response.status === 204 ? '' : await response.text();
  return { data: (text ? JSON.parse(text) : null) as T, tag: tag ? Number(tag.replaceAll('"', '')) : null };
}

export const get = async <T>(path: string, query?: Options['query'], signal?: AbortSignal) =>
  (await call<T>('GET', path, { ...(query ? { query } : {}), ...(signal ? { signal } : {}) })).data;
export const post = async <T>(path: string, body: unknown = {}, options: Omit<Options, 'body'> = {}) =>
  (await call<T>('POST', path, { ...options, body })).data;

export const isApiError = (e: unknown): e is ApiError => e instanceof ApiError;
export const newKey = () => crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
