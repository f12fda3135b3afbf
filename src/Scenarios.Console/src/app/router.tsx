/** The addresses of the console. Filters, tabs and the chosen element are part of them: each page says in its address.ts which. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { clusterSearch } from '../cluster/address';
import { editorSearch } from '../editor/address';
import { importSearch, profileSearch, profilesSearch } from '../profiles/address';
import { runsSearch } from '../runs/address';
import { listSearch } from '../scenarios/address';
import { NotFound, PageFault } from './faults';
import { Shell } from './Shell';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: PageFault });

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/scenarios', replace: true });
  },
});

const scenariosRoute = createRoute({
  getParentRoute: () => root,
  path: '/scenarios',
  validateSearch: listSearch,
  component: lazyRouteComponent(() => import('../scenarios/ScenarioList'), 'ScenarioList'),
});

const editorRoute = createRoute({
  getParentRoute: () => root,
  path: '/scenarios/$number',
  validateSearch: editorSearch,
  component: lazyRouteComponent(() => import('../editor/EditorPage'), 'EditorPage'),
});

const runsRoute = createRoute({
  getParentRoute: () => root,
  path: '/scenarios/$number/runs',
  validateSearch: runsSearch,
  component: lazyRouteComponent(() => import('../runs/RunList'), 'RunList'),
});

const runRoute = createRoute({
  getParentRoute: () => root,
  path: '/scenarios/$number/runs/$run',
  component: lazyRouteComponent(() => import('../runs/RunPage'), 'RunPage'),
});

const profilesRoute = createRoute({
  getParentRoute: () => root,
  path: '/profiles',
  validateSearch: profilesSearch,
  component: lazyRouteComponent(() => import('../profiles/ProfilesPage'), 'ProfilesPage'),
});

const profileRoute = createRoute({
  getParentRoute: () => root,
  path: '/profile',
  validateSearch: profileSearch,
  component: lazyRouteComponent(() => import('../profiles/ProfilePage'), 'ProfilePage'),
});

const importRoute = createRoute({
  getParentRoute: () => root,
  path: '/profiles/import',
  validateSearch: importSearch,
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
  validateSearch: clusterSearch,
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
