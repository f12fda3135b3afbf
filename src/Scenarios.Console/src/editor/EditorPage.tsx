/** A scenario, to be drawn or looked at: loads it with its draft, and puts the parts of the editor around the canvas. */
import { Alert, Button, Group, SegmentedControl } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { call, isApiError, newKey } from '../api/client';
import { account, scenario } from '../api/queries';
import type { Draft, Plan, Scenario } from '../api/types';
import { useSession } from '../app/auth';
import { useIsStale, useLiveState, watch } from '../app/live';
import { exactTime } from '../app/numbers';
import type { EditorSearch, PanelName } from '../app/router';
import { texts } from '../texts';
import { notice, noticeOf } from '../ui/notices';
import { PageState } from '../ui/PageState';
import { Canvas } from './canvas/Canvas';
import { PeriodPaint, StandingOpener } from './canvas/paint';
import { type DraftSaver, forget, readDraft, recovered, saveDrafts } from './draft';
import './editor.css';
import { fetchTheRest, later } from '../app/later';
import { InsertMenu } from './panels/InsertMenu';
import { Palette } from './panels/Palette';
import { Problems, visitNext } from './panels/Problems';
import { placed } from './placed';
import { type Choices, needsDialog, planOf, publish } from './save/publish';
import { periodOfAddress, statistics } from './statistics/api';
import { StatisticsPanel } from './statistics/StatisticsPanel';
import {
  createEditorStore,
  type DraftBody,
  docOfDraft,
  docOfScenario,
  EditorProvider,
  type EditorStore,
  problemsOf,
  useDoc,
  useEditor,
  useEditorStore,
} from './store';
import { saveLabel, Toolbar } from './Toolbar';
import { useValidation } from './validation';

const About = later(() => import('./panels/About').then((m) => m.About));
const Bin = later(() => import('./panels/Bin').then((m) => m.Bin));
const ConflictDialog = later(() => import('./save/ConflictDialog').then((m) => m.ConflictDialog));
const ElementWindow = later(() => import('./ElementWindow').then((m) => m.ElementWindow));
const ElementMenu = later(() => import('./panels/ElementMenu').then((m) => m.ElementMenu));
const FindElement = later(() => import('./FindElement').then((m) => m.FindElement));
const Outline = later(() => import('./panels/Outline').then((m) => m.Outline));
const SaveDialog = later(() => import('./save/SaveDialog').then((m) => m.SaveDialog));
const SettingsWindow = later(() => import('./SettingsWindow').then((m) => m.SettingsWindow));
const StandingWindow = later(() => import('./standing/StandingWindow').then((m) => m.StandingWindow));
const Versions = later(() => import('./panels/Versions').then((m) => m.Versions));
const VersionView = later(() => import('./VersionView').then((m) => m.VersionView));

const route = getRouteApi('/scenarios/$number');

interface Loaded {
  scenario: Scenario;
  draft: { body: Draft<DraftBody>; tag: number } | null;
}

export function EditorPage() {
  const number = Number(route.useParams().number);
  const { version } = route.useSearch();
  // Read once: what happens afterwards is the editor's own.
  const loaded = useQuery({
    queryKey: ['editor', number],
    queryFn: async ({ signal }): Promise<Loaded> => {
      const [s, draft] = await Promise.all([call<Scenario>('GET', `/scenarios/${number}`, { signal }), readDraft(number, signal)]);
      return { scenario: await placed(s.data), draft };
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  return (
    <PageState
      isPending={loaded.isPending}
      error={loaded.error}
      hasData={loaded.data !== undefined}
      retry={() => void loaded.refetch()}
      skeleton={<div className="editor-skeleton" />}
    >
      {loaded.data ? <Opened key={number} loaded={loaded.data} version={version} /> : null}
    </PageState>
  );
}

function Opened({ loaded, version }: { loaded: Loaded; version: number | undefined }) {
  const who = useSession();
  const [store] = useState(() => createEditorStore(loaded.scenario, loaded.draft, !who.may('editor')));
  return (
    <EditorProvider value={store}>
      <Suspense>{version === undefined ? <Editor store={store} /> : <VersionView revision={version} />}</Suspense>
    </EditorProvider>
  );
}

function Editor({ store }: { store: EditorStore }) {
  const who = useSession();
  const client = useQueryClient();
  const navigate = useNavigate();
  const search = route.useSearch();
  const doc = useDoc();
  const base = useEditor((s) => s.base);
  const selected = useEditor((s) => s.selected);
  const draft = useEditor((s) => s.draft);
  const isReadOnly = useEditor((s) => s.isReadOnly);
  const isStale = useIsStale();
  const saver = useRef<DraftSaver | null>(null);
  const [dialog, setDialog] = useState<'settings' | 'find' | 'conflict' | null>(null);
  const [plan, setPlan] = useState<Plan | null>(null);
  const [isSaving, setSaving] = useState(false);
  const [saveError, setSaveError] = useState<string | null>(null);
  const { number } = base;
  useDocumentTitle(`${base.title} · Scenarios`);
  useValidation(number, doc);
  useOutsideChanges();

  const setSearch = (change: Partial<EditorSearch>) =>
    void navigate({ to: '/scenarios/$number', params: { number: String(number) }, search: (s) => ({ ...s, ...change }), replace: true });

  useEffect(() => watch(number), [number]);
  useEffect(fetchTheRest, []);

  const { data: home } = useQuery(account);
  const zone = typeof base.settings.timeZone === 'string' ? base.settings.timeZone : (home?.timeZone ?? 'UTC');
  const { data: shown } = useQuery({ ...statistics(number, periodOfAddress(search, zone, Date.now()), zone), enabled: search.stats === 'period' });
  const period = search.stats === 'period' ? shown?.elements : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: stable for the page's life, or every box would be drawn anew
  const openStanding = useCallback((at: string) => setSearch({ at }), []);

  useEffect(() => {
    if (isReadOnly) return;
    saver.current = saveDrafts(store, who.tokenId);
    return () => saver.current?.stop();
  }, [store, who.tokenId, isReadOnly]);

  // The chosen element is part of the address.
  const chosen = selected.size === 1 ? [...selected][0] : undefined;
  const wasChosen = useRef(search.el);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a change of the choice writes the address
  useEffect(() => {
    if (chosen !== wasChosen.current) setSearch({ el: chosen });
    wasChosen.current = chosen;
  }, [chosen]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, for the address that the page was opened with
  useEffect(() => {
    if (search.el) store.getState().select([search.el]);
  }, []);

  async function save(choices: Choices | null) {
    if (isSaving) return;
    setSaving(true);
    setSaveError(null);
    try {
      const state = store.getState();
      if (!choices) {
        const next = await planOf(state);
        if (needsDialog(next, state)) return setPlan(next);
      }
      const sent = state.history.doc;
      const saved = await publish(state, choices ?? { note: '', moves: {}, keepTimes: [], key: newKey() });
      forget(who.tokenId, number);
      // What was drawn while the save was under way is a draft on top of it.
      const isWhole = store.getState().history.doc === sent;
      store.getState().set({ base: saved, switchTo: null, draftTag: 0, draft: isWhole ? { kind: 'published' } : { kind: 'changed' } });
      client.setQueryData(scenario(number).queryKey, saved);
      void client.invalidateQueries({ queryKey: ['scenarios'] });
      void client.invalidateQueries({ queryKey: ['revisions', number] });
      setPlan(null);
      notice(texts.editor.saved(saved.revision, state.switchTo));
    } catch (e) {
      if (isApiError(e) && e.status === 412) {
        setPlan(null);
        setDialog('conflict');
      } else {
        const found = problemsOf(e);
        if (found.length > 0) store.getState().setProblems(found);
        if (plan) setSaveError(e instanceof Error ? e.message : String(e));
        else {
          noticeOf(e);
          if (found.length > 0) setSearch({ panel: 'problems' });
        }
      }
    } finally {
      setSaving(false);
    }
  }

  function discard() {
    store.getState().set({ switchTo: null });
    store.getState().replace(docOfScenario(store.getState().base), 'Discard the draft');
    notice('The draft is discarded.', { action: { label: 'Undo', run: () => store.getState().undo() } });
  }

  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      const target = e.target as HTMLElement;
      const isTyping = target.closest('input, textarea, select, [contenteditable]') !== null;
      const isWindow = document.querySelector('[role="dialog"]') !== null;
      if (e.key === 'F8') {
        e.preventDefault();
        visitNext(store, e.shiftKey ? -1 : 1);
        return;
      }
      if (!(e.ctrlKey || e.metaKey) || isWindow) return;
      const key = e.key.toLowerCase();
      if (key === 's') {
        e.preventDefault();
        if (!isReadOnly && store.getState().draft.kind !== 'published') void save(null);
      } else if (key === 'f') {
        e.preventDefault();
        setDialog('find');
      } else if (!isTyping && !isReadOnly && key === 'z') {
        e.preventDefault();
        if (e.shiftKey) store.getState().redo();
        else store.getState().undo();
      } else if (!isTyping && !isReadOnly && key === 'y') {
        e.preventDefault();
        store.getState().redo();
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });

  const setPanel = (panel: PanelName | undefined) => setSearch({ panel });
  return (
    <div className="editor" data-panel={search.panel} data-stale={isStale || undefined}>
      <Toolbar
        panel={search.panel}
        setPanel={setPanel}
        onFind={() => setDialog('find')}
        onSettings={() => setDialog('settings')}
        onSave={() => void save(null)}
        onConflict={() => setDialog('conflict')}
        onDiscard={discard}
        isSaving={isSaving}
      />
      <Banners saver={saver} />
      <div className="editor-body">
        <SidePanel isReadOnly={isReadOnly} />
        <div className="editor-canvas">
          <StandingOpener value={openStanding}>
            <PeriodPaint value={period ?? null}>
              <Canvas viewKey={`scenarios/view/${number}`} />
            </PeriodPaint>
          </StandingOpener>
        </div>
        {search.panel ? <RightPanel panel={search.panel} onClose={() => setPanel(undefined)} /> : null}
      </div>
      <StatisticsPanel number={number} zone={zone} search={search} setSearch={setSearch} />
      <InsertMenu />
      <Suspense>
        <ElementMenu />
        <ElementWindow />
      </Suspense>
      <Suspense>
        {search.at ? <StandingWindow key={search.at} element={search.at} zone={zone} search={search} setSearch={setSearch} /> : null}
        {dialog === 'settings' ? <SettingsWindow onClose={() => setDialog(null)} /> : null}
        {dialog === 'find' ? <FindElement onClose={() => setDialog(null)} /> : null}
        {dialog === 'conflict' || (draft.kind === 'conflict' && dialog === null) ? (
          <ConflictDialog
            onResolved={() => {
              setDialog(null);
              void saver.current?.flush();
            }}
            onClose={() => setDialog(null)}
          />
        ) : null}
        {plan ? (
          <SaveDialog
            plan={plan}
            label={saveLabel(store.getState().switchTo)}
            isBusy={isSaving}
            error={saveError}
            onSave={(c) => void save(c)}
            onClose={() => {
              setPlan(null);
              setSaveError(null);
            }}
          />
        ) : null}
      </Suspense>
    </div>
  );
}

/** Somebody else switched it on or off, or saved, while the page is open. */
function useOutsideChanges() {
  const store = useEditorStore();
  const number = useEditor((s) => s.base.number);
  const state = useLiveState(number);
  const client = useQueryClient();
  useEffect(() => {
    if (!state) return;
    const { base } = store.getState();
    if (state.status === base.status && state.revision <= base.revision) return;
    void client
      .fetchQuery({ ...scenario(number), staleTime: 0 })
      .then((s) => placed(s))
      .then(
        (now) => {
          const s = store.getState();
          // A new version under a clean page is simply shown; under a draft the save will ask.
          if (now.revision > s.base.revision && s.draft.kind === 'published') {
            s.set({ base: now });
            s.replace(docOfScenario(now), `Version ${now.revision}`);
            s.set({ draft: { kind: 'published' } });
            notice(`Version ${now.revision} was saved by somebody else.`);
          } else if (now.revision <= s.base.revision) s.set({ base: { ...s.base, status: now.status, activatedAt: now.activatedAt } });
          else s.set({ base: { ...s.base, status: now.status } });
        },
        () => {},
      );
  }, [state, number, store, client]);
}

function Banners({ saver }: { saver: React.RefObject<DraftSaver | null> }) {
  const who = useSession();
  const store = useEditorStore();
  const { number } = useEditor((s) => s.base);
  const draft = useEditor((s) => s.draft);
  const isReadOnly = useEditor((s) => s.isReadOnly);
  const isStale = useIsStale();
  const [local, setLocal] = useState(() => (isReadOnly ? null : recovered(who.tokenId, number)));
  const by = draft.kind === 'saved' ? draft.by : null;
  const isOthers = by !== null && !by.includes(`(${who.tokenId})`);
  return (
    <>
      {isReadOnly ? <div className="banner">{texts.editor.readOnlyRole(who.role)}</div> : null}
      {draft.kind === 'offline' ? <div className="banner bad">{texts.editor.offline}</div> : null}
      {isStale && draft.kind !== 'offline' ? <div className="banner">The live numbers are not fresh: the server is silent.</div> : null}
      {isOthers && draft.kind === 'saved' ? (
        <div className="banner">{texts.editor.otherDraft(by.replace(/ \([^)]*\)$/, ''), exactTime(draft.at))} What you change goes on from it.</div>
      ) : null}
      {local ? (
        <Alert color="yellow" radius={0} p="xs">
          <Group gap="sm">
            {texts.editor.recovered}
            <Button
              size="compact-sm"
              onClick={() => {
                store.getState().replace(docOfDraft(local.body), 'Take up what was kept here');
                setLocal(null);
              }}
            >
              Take them up
            </Button>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => {
                forget(who.tokenId, number);
                setLocal(null);
              }}
            >
              Forget them
            </Button>
          </Group>
        </Alert>
      ) : null}
      {draft.kind === 'refused' ? (
        <div className="banner bad">
          {draft.message}{' '}
          <Button size="compact-sm" variant="default" onClick={() => void saver.current?.flush()}>
            Try again
          </Button>
        </div>
      ) : null}
    </>
  );
}

function SidePanel({ isReadOnly }: { isReadOnly: boolean }) {
  const [tab, setTab] = useState(isReadOnly ? 'outline' : 'add');
  return (
    <aside className="side" aria-label="Elements">
      {isReadOnly ? null : (
        <SegmentedControl
          fullWidth
          size="sm"
          aria-label="Panel"
          value={tab}
          onChange={setTab}
          data={[
            { value: 'add', label: 'Add' },
            { value: 'outline', label: 'Outline' },
          ]}
        />
      )}
      <Suspense>{tab === 'add' ? <Palette /> : <Outline />}</Suspense>
    </aside>
  );
}

const titles: Record<PanelName, string> = { problems: 'Problems', about: 'About', versions: 'Versions', bin: 'Bin' };

function RightPanel({ panel, onClose }: { panel: PanelName; onClose: () => void }) {
  return (
    <aside className="panel-right" aria-label={titles[panel]}>
      <Group justify="space-between" className="right-head">
        <h2>{titles[panel]}</h2>
        <Button size="compact-sm" variant="subtle" color="gray" onClick={onClose}>
          Close
        </Button>
      </Group>
      <div className="right-body">
        <Suspense>
          {panel === 'problems' ? <Problems /> : null}
          {panel === 'about' ? <About /> : null}
          {panel === 'versions' ? <Versions /> : null}
          {panel === 'bin' ? <Bin /> : null}
        </Suspense>
      </div>
    </aside>
  );
}
