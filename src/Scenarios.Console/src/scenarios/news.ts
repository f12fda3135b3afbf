/** What others made or took away while a list is shown. */
import { useEffect, useMemo, useState } from 'react';
import { newest, type ScenarioFilter } from '../api/queries';
import type { Page, ScenarioLine } from '../api/types';

const newsEveryMs = 10_000;

/** How many rows the list would gain or lose: they come when asked for, so that none moves under the pointer. */
export function useNews(filter: ScenarioFilter, shown: readonly ScenarioLine[] | null, isPart: boolean): number {
  const [first, setFirst] = useState<Page<ScenarioLine> | null>(null);
  const key = JSON.stringify(filter);
  useEffect(() => {
    setFirst(null);
    const timer = setInterval(() => {
      if (!document.hidden) void newest(JSON.parse(key) as ScenarioFilter).then(setFirst, () => {}); // silence is told elsewhere
    }, newsEveryMs);
    return () => clearInterval(timer);
  }, [key]);
  return useMemo(() => {
    if (!first || !shown) return 0;
    const lowest = isPart ? Math.min(...shown.map((s) => s.number)) : 0;
    const [known, now] = [new Set(shown.map((s) => s.number)), new Set(first.items.map((s) => s.number))];
    const end = first.nextCursor ? Math.min(...now) : 0;
    const [came, went] = [
      first.items.filter((s) => s.number >= lowest && !known.has(s.number)),
      shown.filter((s) => s.number >= end && !now.has(s.number)),
    ];
    return came.length + went.length;
  }, [first, shown, isPart]);
}
