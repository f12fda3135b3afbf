/** The numbers of a period, their course, and the reasons behind them. */
import '@mantine/dates/styles.css';
import { Button, Group } from '@mantine/core';
import { DateInput } from '@mantine/dates';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { exact } from '../../app/numbers';
import { addDays, dateIn } from '../../app/when';
import { reasonInWords } from '../../runs/words';
import { PageState } from '../../ui/PageState';
import type { EditorSearch } from '../address';
import { canvas } from '../canvas/view';
import { titleOf } from '../elements/registry';
import { useDoc } from '../store';
import { type Counts, daysOf, type Period, type PeriodStatistics, periodOf, periodOfAddress, statistics, sum } from './api';
import { Figure } from './Figure';
import { PeriodChart } from './PeriodChart';

interface Props {
  number: number;
  zone: string;
  search: EditorSearch;
  setSearch: (change: Partial<EditorSearch>) => void;
}

export function PeriodView({ number, zone, search, setSearch }: Props) {
  const period = periodOfAddress(search, zone, Date.now());
  const found = useQuery({ ...statistics(number, period, zone), placeholderData: (before) => before });
  const { data } = found;
  return (
    <div className="stats-period">
      <PeriodPicker key={`${period.from} ${period.to}`} period={period} zone={zone} onPick={(p) => setSearch(p)} />
      <PageState isPending={found.isPending} error={found.error} hasData={data !== undefined} retry={() => void found.refetch()}>
        {data ? (
          <div className="stats-split" data-old={found.isPlaceholderData || undefined}>
            <Figures number={number} data={data} />
            <PeriodChart data={data} period={period} zone={zone} />
          </div>
        ) : null}
      </PageState>
    </div>
  );
}

const presets: readonly [string, number][] = [
  ['Today', 1],
  ['7 days', 7],
  ['30 days', 30],
  ['90 days', 90],
];

const isDate = (text: string | null) => text !== null && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));

function PeriodPicker({ period, zone, onPick }: { period: Period; zone: string; onPick: (p: Period) => void }) {
  const [draft, setDraft] = useState<{ from: string | null; to: string | null }>(period);
  const isBackwards = isDate(draft.from) && isDate(draft.to) && (draft.from ?? '') > (draft.to ?? '');
  const take = (next: { from: string | null; to: string | null }) => {
    setDraft(next);
    if (isDate(next.from) && isDate(next.to) && (next.from ?? '') <= (next.to ?? '')) onPick({ from: next.from ?? '', to: next.to ?? '' });
  };
  const today = dateIn(zone, Date.now());
  return (
    <Group gap="xs" className="period-picker" align="flex-start">
      <Button.Group aria-label="Usual periods">
        {presets.map(([label, days]) => {
          const usual = periodOf(days, zone, Date.now());
          const isOn = period.from === usual.from && period.to === usual.to;
          return (
            <Button key={label} size="xs" variant={isOn ? 'light' : 'default'} aria-pressed={isOn} onClick={() => onPick(usual)}>
              {label}
            </Button>
          );
        })}
      </Button.Group>
      <DateInput
        {...dateInput}
        aria-label="First day"
        value={draft.from}
        onChange={(from) => take({ ...draft, from })}
        maxDate={addDays(today, 3660)}
        error={isBackwards}
      />
      <DateInput
        {...dateInput}
        aria-label="Last day"
        value={draft.to}
        onChange={(to) => take({ ...draft, to })}
        maxDate={addDays(today, 3660)}
        error={isBackwards ? 'The last day is before the first.' : undefined}
      />
      <span className="period-zone">
        {daysOf(period) === 1 ? '1 day' : `${exact(daysOf(period))} days`}, {zone}
      </span>
    </Group>
  );
}

const dateInput = {
  size: 'xs',
  w: 130,
  valueFormat: 'YYYY-MM-DD',
  placeholder: 'YYYY-MM-DD',
  popoverProps: { withinPortal: true, position: 'top-start' },
  minDate: '2000-01-01',
  ariaLabels: {
    previousMonth: 'The month before',
    nextMonth: 'The month after',
    previousYear: 'The year before',
    nextYear: 'The year after',
    previousDecade: 'The decade before',
    nextDecade: 'The decade after',
  },
  classNames: { day: 'calendar-day' },
} as const;

function Figures({ number, data: { totals } }: { number: number; data: PeriodStatistics }) {
  return (
    <div className="figures">
      <Figure name="Entered" n={totals.entered} />
      <Figure name="Completed" n={totals.completed} tone="good" />
      <Figure name="Left" n={sum(totals.left)}>
        {sum(totals.left) > 0 ? (
          <Reasons counts={totals.left} linkOf={(reason, shown) => <RunsLink number={number} state="left" reason={reason} shown={shown} />} />
        ) : undefined}
      </Figure>
      <Figure name="Errors" n={totals.errors} tone="bad">
        {totals.errors > 0 ? <Errors number={number} totals={totals} /> : undefined}
      </Figure>
      <Figure name="Declined" n={sum(totals.declined)}>
        {sum(totals.declined) > 0 ? <Reasons counts={totals.declined} /> : undefined}
      </Figure>
    </div>
  );
}

function RunsLink({ number, state, reason, shown }: { number: number; state: 'left' | 'failed'; reason: string; shown: string }) {
  return (
    <Link to="/scenarios/$number/runs" params={{ number: String(number) }} search={{ state, reason }} className="plain-link">
      {shown}
    </Link>
  );
}

function Reasons({ counts, linkOf }: { counts: Counts; linkOf?: (reason: string, shown: string) => ReactNode }) {
  return (
    <ul className="reasons">
      {Object.entries(counts)
        .sort((a, b) => b[1] - a[1])
        .map(([reason, n]) => (
          <li key={reason}>
            <span>{linkOf ? linkOf(reason, reasonInWords(reason)) : reasonInWords(reason)}</span>
            <span className="number">{exact(n)}</span>
          </li>
        ))}
    </ul>
  );
}

/** Failed runs by reason, each with its runs; and the exits by an error output, by element. */
function Errors({ number, totals }: { number: number; totals: PeriodStatistics['totals'] }) {
  const doc = useDoc();
  const nameOf = (id: string) => {
    const element = doc.elements.find((e) => e.id === id);
    return element ? titleOf(element) : id;
  };
  return (
    <>
      {sum(totals.failedBy) > 0 ? (
        <Reasons counts={totals.failedBy} linkOf={(reason, shown) => <RunsLink number={number} state="failed" reason={reason} shown={shown} />} />
      ) : null}
      {sum(totals.errorExits) > 0 ? (
        <ul className="reasons">
          {Object.entries(totals.errorExits).map(([element, n]) => (
            <li key={element}>
              <button type="button" className="plain-link" onClick={() => canvas.goTo(element)}>
                went on by the error output of {nameOf(element)}
              </button>
              <span className="number">{exact(n)}</span>
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}
