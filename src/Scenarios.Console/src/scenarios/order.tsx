/** The columns of the list, and in which order its rows are. */
import { Table, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import type { ScenarioLine } from '../api/types';
import type { ListOrder, ListSearch } from './address';

/** `wide`: not on a phone. */
export const columns: readonly { key: ListOrder; title: string; look?: 'number' | 'wide' }[] = [
  { key: 'number', title: '#' },
  { key: 'title', title: 'Title' },
  { key: 'status', title: 'Status' },
  { key: 'inside', title: 'Inside', look: 'number' },
  { key: 'entered', title: '7 days', look: 'wide' },
  { key: 'updated', title: 'Changed', look: 'wide' },
];

const keyOf: Record<ListOrder, (s: ScenarioLine) => number | string> = {
  number: (s) => s.number,
  title: (s) => s.title.toLowerCase(),
  status: (s) => s.status,
  inside: (s) => s.inside,
  entered: (s) => s.entered,
  updated: (s) => s.updatedAt,
};

export function sorted(items: ScenarioLine[], by: ListOrder | undefined, up: boolean | undefined): ScenarioLine[] {
  if (!by) return items;
  const key = keyOf[by];
  const sign = up ? 1 : -1;
  return items.toSorted((a, b) => (key(a) < key(b) ? -sign : key(a) > key(b) ? sign : b.number - a.number));
}

export function Heading({ of, search, set }: { of: (typeof columns)[number]; search: ListSearch; set: (change: Partial<ListSearch>) => void }) {
  const { key, title, look } = of;
  const isOn = (search.sort ?? 'number') === key;
  const up = search.up === true;
  const next = isOn ? { sort: key, up: up ? undefined : true } : { sort: key, up: key === 'title' || key === 'status' ? true : undefined };
  return (
    <Table.Th aria-sort={isOn ? (up ? 'ascending' : 'descending') : 'none'} className={look}>
      <UnstyledButton data-on={isOn || undefined} onClick={() => set(next)} className="sort">
        {title}
        {isOn ? up ? <IconArrowUp size={14} aria-hidden /> : <IconArrowDown size={14} aria-hidden /> : null}
      </UnstyledButton>
    </Table.Th>
  );
}
