/** The open document of one editor: what is drawn, what is chosen, what was done, and how far it is saved. */
import { createContext, useContext } from 'react';
import { createStore, type StoreApi, useStore } from 'zustand';
import { isApiError } from '../api/client';
import type { Draft, Problem, Scenario } from '../api/types';
import type { Command, Port } from '../doc/commands';
import { canonical } from '../doc/diff';
import * as history from '../doc/history';
import { type Binned, type Doc, definitionOf, docOf, type Place, type Settings } from '../doc/model';

/** What the server keeps for us as the draft. */
export interface DraftBody {
  /** The revision that it began from. */
  base: number;
  definition: unknown;
  settings: Settings;
  bin: readonly Binned[];
  /** What the activity switch was set to, where it was touched. */
  status?: 'active' | 'inactive';
}

/** published: as the newest version; changed: not sent yet; saved: the server has the draft; offline: kept here, and tried again. */
export type DraftState =
  | { kind: 'published' }
  | { kind: 'changed' }
  | { kind: 'saving' }
  | { kind: 'saved'; at: string; by: string | null }
  | { kind: 'offline' }
  | { kind: 'refused'; message: string }
  | { kind: 'conflict' };

/** Where a new element will hang, and where on the screen to ask which. */
export interface InsertAt {
  x: number;
  y: number;
  port: Port | null;
  place: Place | null;
}

export interface OpenWindow {
  id: string;
  /** Just added: closing it untouched takes it back. */
  isNew: boolean;
}

/** The menu of an element, and where it was asked for. */
export interface MenuAt {
  id: string;
  x: number;
  y: number;
}

export interface EditorState {
  readonly base: Scenario;
  readonly isReadOnly: boolean;
  history: history.History;
  selected: ReadonlySet<string>;
  problems: readonly Problem[];
  problemsByElement: ReadonlyMap<string, readonly Problem[]>;
  draft: DraftState;
  /** The number of the draft's ETag; 0 where the server has none. */
  draftTag: number;
  switchTo: 'active' | 'inactive' | null;
  window: OpenWindow | null;
  insertAt: InsertAt | null;
  menuAt: MenuAt | null;
  /** An output that waits for the element it shall lead to. */
  linking: Port | null;
  run: (command: Command) => void;
  undo: () => void;
  redo: () => void;
  select: (ids: Iterable<string>) => void;
  setProblems: (problems: readonly Problem[]) => void;
  set: (part: Partial<Pick<EditorState, 'draft' | 'draftTag' | 'switchTo' | 'window' | 'insertAt' | 'menuAt' | 'linking' | 'base'>>) => void;
  /** Another document in place of this one, as one step that can be undone. */
  replace: (doc: Doc, label: string) => void;
}

export type EditorStore = StoreApi<EditorState>;

export function docOfScenario(s: Scenario): Doc {
  return docOf(s.definition, s.settings);
}

export function docOfDraft(d: DraftBody): Doc {
  return docOf(d.definition, d.settings, d.bin);
}

export function draftOf(state: EditorState): DraftBody {
  const { doc } = state.history;
  return {
    base: state.base.revision,
    definition: definitionOf(doc),
    settings: doc.settings,
    bin: doc.bin,
    ...(state.switchTo ? { status: state.switchTo } : {}),
  };
}

/** Equal texts are equal documents, as the server will keep them. */
export const fingerprint = (doc: Doc) => canonical({ definition: definitionOf(doc), settings: doc.settings });

export function createEditorStore(scenario: Scenario, draft: { body: Draft<DraftBody>; tag: number } | null, isReadOnly: boolean): EditorStore {
  const start = draft ? docOfDraft(draft.body.draft) : docOfScenario(scenario);
  return createStore<EditorState>()((set, get) => ({
    base: scenario,
    isReadOnly,
    history: history.begin(start),
    selected: new Set(),
    problems: [],
    problemsByElement: new Map(),
    draft: draft ? { kind: 'saved', at: draft.body.at, by: draft.body.by } : { kind: 'published' },
    draftTag: draft?.tag ?? 0,
    switchTo: draft?.body.draft.status ?? null,
    window: null,
    insertAt: null,
    menuAt: null,
    linking: null,
    run: (command) => {
      if (get().isReadOnly) return;
      const next = history.run(get().history, command, Date.now());
      if (next !== get().history) set({ history: next, draft: { kind: 'changed' } });
    },
    undo: () => {
      const next = history.undo(get().history);
      if (next !== get().history) set({ history: next, draft: { kind: 'changed' } });
    },
    redo: () => {
      const next = history.redo(get().history);
      if (next !== get().history) set({ history: next, draft: { kind: 'changed' } });
    },
    select: (ids) => {
      const next = new Set(ids);
      const now = get().selected;
      if (next.size !== now.size || [...next].some((id) => !now.has(id))) set({ selected: next });
    },
    setProblems: (problems) => set({ problems, problemsByElement: byElement(problems) }),
    set: (part) => set(part),
    replace: (doc, label) => get().run({ label, apply: () => doc }),
  }));
}

function byElement(problems: readonly Problem[]): ReadonlyMap<string, readonly Problem[]> {
  const map = new Map<string, Problem[]>();
  for (const p of problems) if (p.element) map.set(p.element, [...(map.get(p.element) ?? []), p]);
  return map;
}

/** A refused validation says its problems as errors of the request. */
export function problemsOf(error: unknown): Problem[] {
  return isApiError(error)
    ? error.errors.map((e) => ({ element: e.element ?? null, code: e.code, message: e.message, severity: 'error' as const, path: e.path }))
    : [];
}

/** The place of a problem within its element's settings: /url. */
export const settingOf = (problem: Problem) => problem.path.replace(/^\/definition\/elements\/\d+\/settings/, '');

const Context = createContext<EditorStore | null>(null);
export const EditorProvider = Context.Provider;

export function useEditorStore(): EditorStore {
  const store = useContext(Context);
  if (!store) throw new Error('There is no editor around this component.');
  return store;
}

export const useEditor = <T>(select: (state: EditorState) => T): T => useStore(useEditorStore(), select);

export const useDoc = () => useEditor((s) => s.history.doc);
