/**
 * Keeps what is drawn: 300 ms after the last change it goes to the server as the draft, which never touches what runs. Until the
 * server has it, it lies in this browser. Dirty is cleared only by an answer for the very document that was sent.
 */
import { call, isApiError } from '../api/client';
import type { Draft } from '../api/types';
import type { Doc } from '../doc/model';
import { placed } from './placed';
import { type DraftBody, docOfScenario, draftOf, type EditorStore, fingerprint } from './store';

const idleMs = 300;
const longestRetryMs = 30_000;

const localKey = (who: string, n: number) => `scenarios/draft/${who}/${n}`;

const binned = (doc: Doc) => doc.bin.map((b) => b.element.id).join(' ');

const isAsPublished = (doc: Doc, base: Doc) => fingerprint(doc) === fingerprint(base) && binned(doc) === binned(base);

interface Local {
  body: DraftBody;
  at: string;
}

/** What never reached the server, after a crash or a reload. */
export function recovered(who: string, n: number): Local | null {
  try {
    const text = localStorage.getItem(localKey(who, n));
    return text ? (JSON.parse(text) as Local) : null;
  } catch {
    return null; // written by another version, or the browser keeps nothing
  }
}

export function forget(who: string, n: number) {
  localStorage.removeItem(localKey(who, n));
}

export interface DraftSaver {
  /** Sends what is left at once; true when the server has everything. */
  flush: () => Promise<boolean>;
  /** Waits until nothing is on its way, and sends nothing until what it answers is called. */
  hold: () => Promise<() => void>;
  stop: () => void;
}

export function saveDrafts(store: EditorStore, who: string): DraftSaver {
  const { number } = store.getState().base;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<boolean> | null = null;
  let failures = 0;
  let isHeld = false;

  function keepHere() {
    try {
      localStorage.setItem(localKey(who, number), JSON.stringify({ body: draftOf(store.getState()), at: new Date().toISOString() } satisfies Local));
    } catch {
      // The browser's room is used up: the draft on the server is what remains, and beforeunload asks.
    }
  }

  async function send(): Promise<boolean> {
    const state = store.getState();
    const sent = state.history.doc;
    const isBase = isAsPublished(sent, docOfScenario(state.base)) && state.switchTo === null;
    const isStill = () => store.getState().history.doc === sent && store.getState().switchTo === state.switchTo;
    state.set({ draft: { kind: 'saving' } });
    try {
      if (isBase) {
        if (state.draftTag > 0) await call('DELETE', `/scenarios/${number}/draft`, { ifMatch: state.draftTag });
        state.set({ draftTag: 0 });
        if (isStill()) state.set({ draft: { kind: 'published' } });
      } else {
        const { data, tag } = await call<{ version: number; at: string }>('PUT', `/scenarios/${number}/draft`, {
          body: draftOf(state),
          ifMatch: state.draftTag,
        });
        state.set({ draftTag: tag ?? data.version });
        if (isStill()) state.set({ draft: { kind: 'saved', at: data.at, by: null } });
      }
      failures = 0;
      if (isStill()) forget(who, number);
      else schedule();
      return isStill();
    } catch (e) {
      if (isApiError(e) && e.status === 412) state.set({ draft: { kind: 'conflict' } });
      else if (isApiError(e) && e.status >= 400 && e.status < 500 && e.status !== 401 && e.status !== 429)
        state.set({ draft: { kind: 'refused', message: e.message } });
      else {
        state.set({ draft: { kind: 'offline' } });
        schedule(Math.min(longestRetryMs, 1000 * 2 ** failures++));
      }
      return false;
    }
  }

  function schedule(ms = idleMs) {
    clearTimeout(timer);
    if (!isHeld) timer = setTimeout(() => void flush(), ms);
  }

  async function hold() {
    isHeld = true;
    clearTimeout(timer);
    while (running) await running;
    return () => {
      isHeld = false;
      if (isUnsent() && store.getState().draft.kind !== 'conflict') schedule();
    };
  }

  async function flush(): Promise<boolean> {
    clearTimeout(timer);
    while (running) await running;
    const { draft } = store.getState();
    if (draft.kind === 'published' || draft.kind === 'saved') return true;
    if (draft.kind === 'conflict') return false;
    running = send().finally(() => {
      running = null;
    });
    return running;
  }

  const unsubscribe = store.subscribe((state, before) => {
    if (state.isReadOnly || (state.history.doc === before.history.doc && state.switchTo === before.switchTo)) return;
    keepHere();
    if (state.draft.kind !== 'conflict') schedule();
  });

  const isUnsent = () => ['changed', 'saving', 'offline', 'refused', 'conflict'].includes(store.getState().draft.kind);
  const ask = (e: BeforeUnloadEvent) => {
    if (isUnsent()) e.preventDefault();
  };
  const online = () => {
    if (store.getState().draft.kind === 'offline') schedule(0);
  };
  addEventListener('beforeunload', ask);
  addEventListener('online', online);

  // Restored from a version, where nothing was saving.
  if (store.getState().draft.kind === 'changed') {
    keepHere();
    schedule();
  }

  return {
    flush,
    hold,
    stop: () => {
      clearTimeout(timer);
      unsubscribe();
      removeEventListener('beforeunload', ask);
      removeEventListener('online', online);
      // Leaving the page within the console: what is left goes out now.
      if (isUnsent() && store.getState().draft.kind !== 'conflict') void flush();
    },
  };
}

export async function readDraft(number: number, signal?: AbortSignal): Promise<{ body: Draft<DraftBody>; tag: number } | null> {
  try {
    const { data, tag } = await call<Draft<DraftBody>>('GET', `/scenarios/${number}/draft`, signal ? { signal } : {});
    return { body: { ...data, draft: await placed(data.draft) }, tag: tag ?? data.version };
  } catch (e) {
    if (isApiError(e) && e.status === 404) return null;
    throw e;
  }
}
