/** Below the canvas: the numbers of a period with their course, or what happens now. Its height is kept in this browser. */
import { SegmentedControl, UnstyledButton } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { type KeyboardEvent, type PointerEvent, Suspense, useEffect, useState } from 'react';
import { later } from '../../app/later';
import type { EditorSearch } from '../address';
import { RealTime } from './RealTime';
import './statistics.css';

// The calendar and the chart are a quarter of the editor's size.
const PeriodView = later(() => import('./PeriodView').then((m) => m.PeriodView));

const lowest = 150;
const highest = 520;
const clamp = (height: number) => Math.round(Math.min(highest, Math.max(lowest, height)));

interface Props {
  number: number;
  zone: string;
  search: EditorSearch;
  setSearch: (change: Partial<EditorSearch>) => void;
}

export function StatisticsPanel({ number, zone, search, setSearch }: Props) {
  const mode = search.stats;
  const [height, setHeight] = useLocalStorage({ key: 'scenarios/statistics/height', defaultValue: 220, getInitialValueInEffect: false });
  return (
    <section className="stats" aria-label="Statistics" data-open={mode !== undefined || undefined}>
      {mode === 'period' ? <Edge height={height} setHeight={(h) => setHeight(clamp(h))} /> : null}
      <div className="stats-head">
        <UnstyledButton
          className="stats-toggle"
          aria-expanded={mode !== undefined}
          onClick={() => setSearch(mode ? { stats: undefined, from: undefined, to: undefined } : { stats: 'period' })}
        >
          {mode ? <IconChevronDown size={18} aria-hidden /> : <IconChevronUp size={18} aria-hidden />}
          Statistics
        </UnstyledButton>
        {mode ? (
          <SegmentedControl
            size="xs"
            aria-label="Which numbers"
            value={mode}
            onChange={(v) => setSearch({ stats: v === 'live' ? 'live' : 'period' })}
            data={[
              { value: 'period', label: 'Period' },
              { value: 'live', label: 'Real time' },
            ]}
          />
        ) : null}
      </div>
      {mode ? (
        <div className="stats-body" {...(mode === 'period' ? { style: { height } } : {})}>
          {mode === 'live' ? (
            <RealTime number={number} />
          ) : (
            <Suspense fallback={<Waiting />}>
              <PeriodView number={number} zone={zone} search={search} setSearch={setSearch} />
            </Suspense>
          )}
        </div>
      ) : null}
    </section>
  );
}

function Waiting() {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return isLate ? <div role="status" aria-label="Loading" aria-busy="true" className="stats-waiting" /> : null;
}

/** The upper edge: drag it, or go by arrows. */
function Edge({ height, setHeight }: { height: number; setHeight: (height: number) => void }) {
  const onPointerDown = (e: PointerEvent<HTMLDivElement>) => {
    const [from, at] = [e.clientY, height];
    const edge = e.currentTarget;
    edge.setPointerCapture(e.pointerId);
    const move = (m: globalThis.PointerEvent) => setHeight(at + from - m.clientY);
    const done = () => {
      edge.removeEventListener('pointermove', move);
      edge.removeEventListener('pointerup', done);
    };
    edge.addEventListener('pointermove', move);
    edge.addEventListener('pointerup', done);
  };
  const onKeyDown = (e: KeyboardEvent) => {
    if (e.key !== 'ArrowUp' && e.key !== 'ArrowDown') return;
    e.preventDefault();
    setHeight(height + (e.key === 'ArrowUp' ? 24 : -24));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule between two parts that one moves, which has no element of its own
    <div
      className="stats-edge"
      role="separator"
      aria-orientation="horizontal"
      aria-label="Height of the statistics"
      aria-valuemin={lowest}
      aria-valuemax={highest}
      aria-valuenow={height}
      tabIndex={0}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
    />
  );
}
