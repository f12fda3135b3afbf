/** What the address of the cluster says: the scenario whose partitions are shown. */
import type { Search } from '../app/search';

export interface ClusterSearch {
  scenario?: number | undefined;
}

export const clusterSearch = (s: Search): ClusterSearch => ({ scenario: typeof s.scenario === 'number' ? s.scenario : undefined });
