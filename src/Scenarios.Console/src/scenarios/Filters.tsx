/** What the list is narrowed to; all of it stands in the address. */
import { CloseButton, Group, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback, useHotkeys } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { groups } from '../api/queries';
import type { ScenarioLine } from '../api/types';
import type { ListSearch } from './address';

interface FilterProps {
  search: ListSearch;
  set: (change: Partial<ListSearch>, replace?: boolean) => void;
  items: ScenarioLine[];
  children: ReactNode;
}

export function Filters({ search, set, items, children }: FilterProps) {
  const [q, setQ] = useState(search.q ?? '');
  const box = useRef<HTMLInputElement>(null);
  const typed = useRef(search.q);
  const ask = useDebouncedCallback((text: string) => {
    typed.current = text.trim() || undefined;
    set({ q: typed.current }, true);
  }, 250);
  // Back and forward bring a filter that nobody typed here.
  useEffect(() => {
    if (search.q === typed.current) return;
    typed.current = search.q;
    setQ(search.q ?? '');
  }, [search.q]);
  const { data: groupNames } = useQuery(groups);
  const tags = useMemo(() => [...new Set([...items.flatMap((s) => s.tags), ...(search.tag ? [search.tag] : [])])].sort(), [items, search.tag]);
  useHotkeys([['/', () => box.current?.focus()]]);
  const change = (text: string) => {
    setQ(text);
    ask(text);
  };
  return (
    <Group gap="sm" wrap="wrap">
      <TextInput
        ref={box}
        className="list-search"
        aria-label="Search by title, description or number"
        placeholder="Title, description or #number"
        leftSection={<IconSearch size={16} />}
        value={q}
        onChange={(e) => change(e.currentTarget.value)}
        rightSection={q ? <CloseButton size="sm" aria-label="Clear the search" onClick={() => change('')} /> : null}
      />
      <SegmentedControl
        aria-label="Status"
        value={search.trash ? 'trash' : (search.status ?? 'all')}
        onChange={(v) => set({ status: v === 'all' || v === 'trash' ? undefined : v, trash: v === 'trash' ? true : undefined })}
        data={[
          { value: 'all', label: 'All' },
          { value: 'active', label: 'Active' },
          { value: 'inactive', label: 'Stopped' },
          { value: 'trash', label: 'Trash' },
        ]}
      />
      {tags.length > 0 ? (
        <Select
          aria-label="Tag"
          placeholder="Tag"
          data={tags}
          value={search.tag ?? null}
          onChange={(v) => set({ tag: v ?? undefined })}
          clearable
          searchable
          w={160}
        />
      ) : null}
      {(groupNames?.items.length ?? 0) > 0 ? (
        <Select
          aria-label="Access group"
          placeholder="Group"
          data={groupNames?.items ?? []}
          value={search.group ?? null}
          onChange={(v) => set({ group: v ?? undefined })}
          clearable
          w={160}
        />
      ) : null}
      <Group gap="sm" ml="auto" wrap="nowrap">
        {children}
      </Group>
    </Group>
  );
}
