/**
 * Live numbers: one stream for the whole browser. Each page says which scenarios it looks at; of all open pages one, elected by
 * a lock, holds the stream for all of them and passes on what comes. A browser opens six connections to a server, and a stream
 * takes one for good: with one for each page the seventh page would never load. Numbers are kept outside of React and read
 * by id, so that a change draws one badge and nothing else.
 */
import { useSyncExternalStore } from 'react';
import { queryClient } from '../api/queries';
import type { Status } from '../api/types';

interface Picture {
  counts: ReadonlyMap<string, number>;
  inside: number;
  at: string;
}

interface State {
  status: Status;
  revision: number;
  /** Moves at each switch: one thrown twice between two looks is seen, too. */
  gate: number;
}

export interface Happened {
  entered: number;
  completed: number;
  failed: number;
  left: number;
  errors: number;
}

/** Of one snapshot: entered = inside + completed + failed + left, ever. */
export interface Totals {
  at: string;
  inside: number;
  today: Happened;
  ever: Happened;
}

type Message =
  | ({ kind: 'totals'; s: number } & Totals)
  | { kind: 'counts'; s: number; at: string; full: boolean; c: Record<string, number> }
  | ({ kind: 'status'; s: number } & State)
  | { kind: 'tick' }
  | { kind: 'want'; page: string; numbers: number[]; totals: number[] }
  | { kind: 'bye'; page: string }
  | { kind: 'who' };

const pictures = new Map<number, Picture>();
const states = new Map<number, State>();
const totals = new Map<number, Totals>();
const listeners = new Set<() => void>();
const wanted = new Map<number, number>();
/** Scenarios whose totals this page shows. */
const wantedTotals = new Map<number, number>();
const wishes = new Map<string, { numbers: number[]; totals: number[] }>();
const page = crypto.randomUUID?.() ?? String(Math.random());
const staleAfterMs = 12_000;
const mostScenarios = 100;

let heardAt = 0;
let isStale = false;
let leads = false;
let stream: EventSource | null = null;
let streamOf = '';
let retry: ReturnType<typeof setTimeout> | undefined;
let failures = 0;

const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('scenarios-live');

function changed() {
  for (const listener of listeners) listener();
}

function heard() {
  heardAt = Date.now();
  failures = 0;
  if (isStale) {
    isStale = false;
    changed();
  }
}

function take(message: Message) {
  switch (message.kind) {
    case 'counts': {
      const before = pictures.get(message.s);
      const counts = new Map(message.full ? [] : before?.counts);
      for (const [element, n] of Object.entries(message.c)) {
        if (n === 0) counts.delete(element);
        else counts.set(element, n);
      }
      pictures.set(message.s, { counts, inside: [...counts.values()].reduce((a, b) => a + b, 0), at: message.at });
      break;
    }
    case 'status': {
      const before = states.get(message.s);
      states.set(message.s, { status: message.status, revision: message.revision, gate: message.gate });
      // Somebody else switched or saved: what lies in our hands is old.
      if (before && (before.gate !== message.gate || before.revision !== message.revision)) {
        void queryClient.invalidateQueries({ queryKey: ['scenario', message.s] });
        void queryClient.invalidateQueries({ queryKey: ['scenarios'] });
      }
      break;
    }
    case 'totals': {
      const { kind: _, s, ...told } = message;
      totals.set(s, told);
      break;
    }
    default:
      break;
  }
  heard();
  changed();
}

function union(): { numbers: number[]; totals: number[] } {
  const ascending = (all: number[]) => [...new Set(all)].sort((a, b) => a - b);
  const numbers = ascending([...wanted.keys(), ...[...wishes.values()].flatMap((w) => w.numbers)]).slice(0, mostScenarios);
  return {
    numbers,
    totals: ascending([...wantedTotals.keys(), ...[...wishes.values()].flatMap((w) => w.totals)]).filter((n) => numbers.includes(n)),
  };
}

/** Only the leader: opens the stream anew when what all pages want has changed. */
function follow() {
  if (!leads) return;
  const { numbers, totals: summed } = union();
  const key = `${numbers.join(',')};${summed.join(',')}`;
  if (key === streamOf && stream && stream.readyState !== EventSource.CLOSED) return;
  stream?.close();
  clearTimeout(retry);
  streamOf = key;
  stream = null;
  if (numbers.length === 0) return;
  stream = new EventSource(`/api/v1/live?${[...numbers.map((n) => `scenario=${n}`), ...summed.map((n) => `totals=${n}`)].join('&')}`);
  const pass = (kind: 'counts' | 'status' | 'totals') => (e: MessageEvent<string>) => {
    const message = { kind, ...JSON.parse(e.data) } as Message;
    take(message);
    channel?.postMessage(message);
  };
  stream.addEventListener('counts', pass('counts'));
  stream.addEventListener('status', pass('status'));
  stream.addEventListener('totals', pass('totals'));
  stream.addEventListener('tick', () => {
    heard();
    channel?.postMessage({ kind: 'tick' } satisfies Message);
  });
  stream.onerror = () => {
    // The browser tries again by itself unless the server refused; then we do, more and more slowly.
    if (stream?.readyState !== EventSource.CLOSED) return;
    stream = null;
    streamOf = '';
    failures++;
    retry = setTimeout(follow, Math.min(30_000, 1000 * 2 ** Math.min(failures, 5)));
  };
}

let soon: ReturnType<typeof setTimeout> | undefined;

/** A page full of rows says all its wishes at once. */
function wishesChanged() {
  clearTimeout(soon);
  soon = setTimeout(() => {
    channel?.postMessage({ kind: 'want', page, numbers: [...wanted.keys()], totals: [...wantedTotals.keys()] } satisfies Message);
    follow();
  }, 50);
}

function hear(message: Message) {
  switch (message.kind) {
    case 'want': {
      wishes.set(message.page, message);
      if (!leads) return;
      follow();
      // A page that comes later is told what is known.
      for (const n of message.numbers) {
        const known = pictures.get(n);
        const state = states.get(n);
        const sum = totals.get(n);
        if (state) channel?.postMessage({ kind: 'status', s: n, ...state } satisfies Message);
        if (known) channel?.postMessage({ kind: 'counts', s: n, at: known.at, full: true, c: Object.fromEntries(known.counts) } satisfies Message);
        if (sum) channel?.postMessage({ kind: 'totals', s: n, ...sum } satisfies Message);
      }
      return;
    }
    case 'bye':
      wishes.delete(message.page);
      follow();
      return;
    case 'who':
      wishesChanged();
      return;
    default:
      take(message);
  }
}

let isStarted = false;

function start() {
  if (isStarted) return;
  isStarted = true;
  if (channel) channel.onmessage = (e: MessageEvent<Message>) => hear(e.data);
  const lead = () => {
    leads = true;
    wishes.clear();
    channel?.postMessage({ kind: 'who' } satisfies Message);
    follow();
  };
  // Over plain HTTP from another machine there are no locks: then each page has a stream of its own, while it is looked at.
  if (channel && navigator.locks) void navigator.locks.request('scenarios-live', () => new Promise<never>(lead));
  else {
    leads = true;
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) {
        stream?.close();
        streamOf = '';
      } else follow();
    });
    follow();
  }
  addEventListener('pagehide', () => channel?.postMessage({ kind: 'bye', page } satisfies Message));
  setInterval(() => {
    const now = wanted.size > 0 && heardAt > 0 && Date.now() - heardAt > staleAfterMs;
    if (now !== isStale) {
      isStale = now;
      changed();
    }
  }, 2000);
}

/** From now on this page looks at the scenario; answers how to stop. */
export function watch(n: number): () => void {
  start();
  wanted.set(n, (wanted.get(n) ?? 0) + 1);
  wishesChanged();
  return () => {
    const left = (wanted.get(n) ?? 1) - 1;
    if (left > 0) wanted.set(n, left);
    else wanted.delete(n);
    wishesChanged();
  };
}

/** Like {@link watch}, and its totals as well. */
function watchTotals(n: number): () => void {
  wantedTotals.set(n, (wantedTotals.get(n) ?? 0) + 1);
  const stop = watch(n);
  return () => {
    const left = (wantedTotals.get(n) ?? 1) - 1;
    if (left > 0) wantedTotals.set(n, left);
    else wantedTotals.delete(n);
    stop();
  };
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

function subscribeTo(n: number) {
  return (listener: () => void) => {
    const stop = watch(n);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      stop();
    };
  };
}

const subscriptions = new Map<number, ReturnType<typeof subscribeTo>>();

function subscription(n: number) {
  let known = subscriptions.get(n);
  if (!known) {
    known = subscribeTo(n);
    subscriptions.set(n, known);
  }
  return known;
}

/** How many are inside now; undefined until the stream has said it. */
export const useInside = (n: number) => useSyncExternalStore(subscription(n), () => pictures.get(n)?.inside);

/** How many stand at one element. Whoever shows elements watches the scenario. */
export const useStanding = (n: number, element: string) => useSyncExternalStore(subscribe, () => pictures.get(n)?.counts.get(element) ?? 0);

const totalsSubscriptions = new Map<number, ReturnType<typeof subscribeTo>>();

function totalsSubscription(n: number) {
  let known = totalsSubscriptions.get(n);
  if (!known) {
    known = (listener) => {
      const stop = watchTotals(n);
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        stop();
      };
    };
    totalsSubscriptions.set(n, known);
  }
  return known;
}

/** What happened today and ever; undefined until the stream has said it. */
export const useTotals = (n: number) => useSyncExternalStore(totalsSubscription(n), () => totals.get(n));

export const useLiveState = (n: number) => useSyncExternalStore(subscription(n), () => states.get(n));

/** When the numbers were true; null while the stream is silent. */
export const useIsStale = () => useSyncExternalStore(subscribe, () => isStale);

export const standing = (n: number, element: string) => pictures.get(n)?.counts.get(element) ?? 0;
export const liveAt = (n: number) => pictures.get(n)?.at;
