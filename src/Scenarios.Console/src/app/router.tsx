/** The addresses of the console. Filters, tabs and the chosen element are part of them. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import type { RunState } from '../runs/api';
import { NotFound, PageFault } from './faults';
import { Shell } from './Shell';

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined);

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: PageFault });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/scenarios', replace: true });
  },
});

export type ListOrder = 'number' | 'title' | 'status' | 'inside' | 'entered' | 'updated';

export interface ListSearch {
  q?: string | undefined;
  status?: string | undefined;
  tag?: string | undefined;
  group?: string | undefined;
  trash?: boolean | undefined;
  sort?: ListOrder | undefined;
  up?: boolean | undefined;
  create?: boolean | undefined;
}

const orders: readonly string[] = ['number', 'title', 'status', 'inside', 'entered', 'updated'];

export const scenariosRoute = createRoute({
  getParentRoute: () => root,
  path: '/scenarios',
  validateSearch: (s: Record<string, unknown>): ListSearch => ({
    q: text(s.q),
    status: text(s.status),
    tag: text(s.tag),
    group: text(s.group),
    trash: s.trash === true ? true : undefined,
    sort: orders.includes(String(s.sort)) ? (s.sort as ListOrder) : undefined,
    up: s.up === true ? true : undefined,
    create: s.create === true ? true : undefined,
  }),
  component: lazyRouteComponent(() => import('../scenarios/ScenarioList'), 'ScenarioList'),
});

export type PanelName = 'problems' | 'about' | 'versions' | 'bin';

export interface EditorSearch {
  /** The chosen element. */
  el?: string | undefined;
  panel?: PanelName | undefined;
  /** A version that is looked at instead of the newest. */
  version?: number | undefined;
  /** The element whose profiles are looked at, and which of them. */
  at?: string | undefined;
  q?: string | undefined;
  order?: 'leaves' | undefined;
  overdue?: boolean | undefined;
  stats?: 'period' | 'live' | undefined;
  /** The first and last date of the period, in the scenario's zone. */
  from?: string | undefined;
  to?: string | undefined;
}

const date = (value: unknown) => (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) ? value : undefined);

const panels: readonly string[] = ['problems', 'about', 'versions', 'bin'];

export const editorRoute = createRoute({
  getParentRoute: () => root,
  path: '/scenarios/$number',
  validateSearch: (s: Record<string, unknown>): EditorSearch => ({
    el: text(s.el),
    panel: panels.includes(String(s.panel)) ? (s.panel as PanelName) : undefined,
    version: typeof s.version === 'number' && Number.isInteger(s.version) && s.version > 0 ? s.version : undefined,
    at: text(s.at),
    q: text(s.q),
    order: s.order === 'leaves' ? 'leaves' : undefined,
    overdue: s.overdue === true ? true : undefined,
    stats: s.stats === 'period' || s.stats === 'live' ? s.stats : undefined,
    from: date(s.from),
    to: date(s.to),
  }),
  component: lazyRouteComponent(() => import('../editor/EditorPage'), 'EditorPage'),
});

export interface RunsSearch {
  state?: RunState | undefined;
  reason?: string | undefined;
  profile?: string | undefined;
}

const runStates: readonly string[] = ['waiting', 'performing', 'completed', 'failed', 'left'];

const runsRoute = createRoute({
  getParentRoute: () => root,
  path: '/scenarios/$number/runs',
  validateSearch: (s: Record<string, unknown>): RunsSearch => ({
    state: runStates.includes(String(s.state)) ? (s.state as RunState) : undefined,
    reason: text(s.reason),
    profile: text(s.profile),
  }),
  component: lazyRouteComponent(() => import('../runs/RunList'), 'RunList'),
});

const runRoute = createRoute({
  getParentRoute: () => root,
  path: '/scenarios/$number/runs/$run',
  component: lazyRouteComponent(() => import('../runs/RunPage'), 'RunPage'),
});

export interface ProfilesSearch {
  db?: string | undefined;
  q?: string | undefined;
}

const profilesRoute = createRoute({
  getParentRoute: () => root,
  path: '/profiles',
  validateSearch: (s: Record<string, unknown>): ProfilesSearch => ({ db: text(s.db), q: text(s.q) }),
  component: lazyRouteComponent(() => import('../profiles/ProfilesPage'), 'ProfilesPage'),
});

/** The id of a profile is the caller's own and may be anything, so it is no part of the path. */
const profileRoute = createRoute({
  getParentRoute: () => root,
  path: '/profile',
  validateSearch: (s: Record<string, unknown>): { db: string; id: string } => ({ db: text(s.db) ?? '', id: text(s.id) ?? '' }),
  component: lazyRouteComponent(() => import('../profiles/ProfilePage'), 'ProfilePage'),
});

const importRoute = createRoute({
  getParentRoute: () => root,
  path: '/profiles/import',
  validateSearch: (s: Record<string, unknown>): { db?: string | undefined } => ({ db: text(s.db) }),
  component: lazyRouteComponent(() => import('../profiles/ImportPage'), 'ImportPage'),
});

const activityRoute = createRoute({
  getParentRoute: () => root,
  path: '/activity',
  component: lazyRouteComponent(() => import('../activity/ActivityPage'), 'ActivityPage'),
});

const clusterRoute = createRoute({
  getParentRoute: () => root,
  path: '/cluster',
  validateSearch: (s: Record<string, unknown>): { scenario?: number | undefined } => ({
    scenario: typeof s.scenario === 'number' ? s.scenario : undefined,
  }),
  component: lazyRouteComponent(() => import('../cluster/ClusterPage'), 'ClusterPage'),
});

const settingsRoute = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  beforeLoad: () => {
    throw redirect({ to: '/settings/$tab', params: { tab: 'account' }, replace: true });
  },
});

const settingsTabRoute = createRoute({
  getParentRoute: () => root,
  path: '/settings/$tab',
  component: lazyRouteComponent(() => import('../settings/SettingsPage'), 'SettingsPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    scenariosRoute,
    editorRoute,
    runsRoute,
    runRoute,
    profilesRoute,
    profileRoute,
    importRoute,
    activityRoute,
    clusterRoute,
    settingsRoute,
    settingsTabRoute,
  ]),
  defaultPreload: 'intent',
  defaultErrorComponent: PageFault,
  defaultNotFoundComponent: NotFound,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
