/** A scenario, to be drawn or looked at: loads it with its draft, and puts the parts of the editor around the canvas. */
import { useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { call } from '../api/client';
import { account } from '../api/queries';
import type { Draft, Scenario } from '../api/types';
import { useSession } from '../app/auth';
import { useIsStale, watch } from '../app/live';
import { notice } from '../ui/notices';
import { PageState } from '../ui/PageState';
import type { EditorSearch, PanelName } from './address';
import { Banners } from './Banners';
import { Canvas } from './canvas/Canvas';
import { PeriodPaint, StandingOpener } from './canvas/paint';
import { type DraftSaver, readDraft, saveDrafts } from './draft';
import './editor.css';
import { fetchTheRest, later } from '../app/later';
import { useOutsideChanges } from './outside';
import { InsertMenu } from './panels/InsertMenu';
import { LeftPanel, RightPanel } from './panels/Sides';
import { placed } from './placed';
import { useSaving } from './save/saving';
import { useEditorKeys } from './shortcuts';
import { periodOfAddress, statistics } from './statistics/api';
import { StatisticsPanel } from './statistics/StatisticsPanel';
import { createEditorStore, type DraftBody, docOfScenario, EditorProvider, type EditorStore, useDoc, useEditor } from './store';
import { saveLabel, Toolbar } from './Toolbar';
import { useValidation } from './validation';

const ConflictDialog = later(() => import('./save/ConflictDialog').then((m) => m.ConflictDialog));
const ElementWindow = later(() => import('./ElementWindow').then((m) => m.ElementWindow));
const ElementMenu = later(() => import('./panels/ElementMenu').then((m) => m.ElementMenu));
const FindElement = later(() => import('./FindElement').then((m) => m.FindElement));
const SaveDialog = later(() => import('./save/SaveDialog').then((m) => m.SaveDialog));
const SettingsWindow = later(() => import('./SettingsWindow').then((m) => m.SettingsWindow));
const StandingWindow = later(() => import('./standing/StandingWindow').then((m) => m.StandingWindow));
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

  function discard() {
    store.getState().set({ switchTo: null });
    store.getState().replace(docOfScenario(store.getState().base), 'Discard the draft');
    notice('The draft is discarded.', { action: { label: 'Undo', run: () => store.getState().undo() } });
  }

  const saving = useSaving(store, saver, who.tokenId, {
    onConflict: () => setDialog('conflict'),
    onProblems: () => setSearch({ panel: 'problems' }),
  });
  useEditorKeys(store, { save: () => void saving.save(null), find: () => setDialog('find') });

  const setPanel = (panel: PanelName | undefined) => setSearch({ panel });
  return (
    <div className="editor" data-panel={search.panel} data-stale={isStale || undefined}>
      <Toolbar
        panel={search.panel}
        setPanel={setPanel}
        onFind={() => setDialog('find')}
        onSettings={() => setDialog('settings')}
        onSave={() => void saving.save(null)}
        onConflict={() => setDialog('conflict')}
        onDiscard={discard}
        isSaving={saving.isSaving}
      />
      <Banners saver={saver} />
      <div className="editor-body">
        <LeftPanel isReadOnly={isReadOnly} />
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
        {saving.plan ? (
          <SaveDialog
            plan={saving.plan}
            label={saveLabel(store.getState().switchTo)}
            isBusy={saving.isSaving}
            error={saving.error}
            onSave={(c) => void saving.save(c)}
            onClose={saving.cancel}
          />
        ) : null}
      </Suspense>
    </div>
  );
}
