/** The numbers of a period (api.md), and which period the address names. */
import { queryOptions } from '@tanstack/react-query';
import { get } from '../../api/client';
import { addDays, dateIn, midnightIn } from '../../app/when';

export type Counts = Readonly<Record<string, number>>;

export interface PeriodStatistics {
  from: string;
  to: string;
  totals: {
    entered: number;
    completed: number;
    failed: number;
    errors: number;
    left: Counts;
    declined: Counts;
    failedBy: Counts;
    errorExits: Counts;
  };
  series: { at: string; entered: number; completed: number; failed: number; errors: number; left: number }[];
  elements: Readonly<Record<string, { entered: number; left: Counts; ended: Counts }>>;
}

/** Dates of the scenario's zone, both inclusive. */
export interface Period {
  from: string;
  to: string;
}

const defaultDays = 7;

export const periodOf = (days: number, zone: string, now: number): Period => ({ from: addDays(dateIn(zone, now), 1 - days), to: dateIn(zone, now) });

export const periodOfAddress = (search: { from?: string | undefined; to?: string | undefined }, zone: string, now: number): Period => {
  const usual = periodOf(defaultDays, zone, now);
  return search.from && search.to && search.from <= search.to ? { from: search.from, to: search.to } : usual;
};

export const daysOf = ({ from, to }: Period) => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1;

/** So that a chart has some dozens of points. */
export const granularity = (period: Period) => (daysOf(period) <= 2 ? 'hour' : daysOf(period) <= 92 ? 'day' : 'week');

export const statistics = (n: number, period: Period, zone: string) =>
  queryOptions({
    queryKey: ['statistics', n, period, zone],
    queryFn: ({ signal }) =>
      get<PeriodStatistics>(
        `/scenarios/${n}/statistics`,
        { from: midnightIn(zone, period.from), to: midnightIn(zone, addDays(period.to, 1)), by: granularity(period) },
        signal,
      ),
    staleTime: 15_000,
    refetchInterval: 30_000,
  });

export const sum = (counts: Counts) => Object.values(counts).reduce((a, b) => a + b, 0);

/** Of each output of an element: how many left by it, and which share of them all. */
export function shares(left: Counts): Map<string, { n: number; share: string }> {
  const all = sum(left);
  return new Map(Object.entries(left).map(([output, n]) => [output, { n, share: `${Math.round((n / all) * 100)} %` }]));
}
