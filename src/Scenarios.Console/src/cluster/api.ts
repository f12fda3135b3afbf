import { queryOptions } from '@tanstack/react-query';
import { get } from '../api/client';

export interface Silo {
  name: string;
  address: string;
  status: string;
  startedAt: string;
  aliveAt: string;
}

export interface Partition {
  tenant: number;
  scenario: number;
  partition: number;
  owner: string | null;
  epoch: number;
  commits: number;
  waiting: number;
  due: number;
  nextDue: string | null;
  latenessSeconds: number;
}

export interface Cluster {
  silos: Silo[];
  activations: { grainType: string; count: number }[];
  partitionCount: number;
  partitions: Partition[];
}

export const cluster = queryOptions({
  queryKey: ['cluster'],
  queryFn: ({ signal }) => get<Cluster>('/cluster', undefined, signal),
  staleTime: 0,
  refetchInterval: 2000,
});

export interface GrainsAt {
  inside: number;
  elements: Record<string, number>;
  at: string;
  grains: Record<string, number>;
}

export const grainsAt = (n: number) =>
  queryOptions({
    queryKey: ['grains', n],
    queryFn: ({ signal }) => get<GrainsAt>(`/scenarios/${n}/live`, { grains: true }, signal),
    staleTime: 0,
    refetchInterval: 2000,
  });
