/** The addresses of the console. Filters, tabs and the chosen element are part of them. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
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
}

const panels: readonly string[] = ['problems', 'about', 'versions', 'bin'];

export const editorRoute = createRoute({
  getParentRoute: () => root,
  path: '/scenarios/$number',
  validateSearch: (s: Record<string, unknown>): EditorSearch => ({
    el: text(s.el),
    panel: panels.includes(String(s.panel)) ? (s.panel as PanelName) : undefined,
    version: typeof s.version === 'number' && Number.isInteger(s.version) && s.version > 0 ? s.version : undefined,
  }),
  component: lazyRouteComponent(() => import('../editor/EditorPage'), 'EditorPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([home, scenariosRoute, editorRoute]),
  defaultPreload: 'intent',
  defaultErrorComponent: PageFault,
  defaultNotFoundComponent: NotFound,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
