/** All scenarios: what each is, how many are inside, and what one does with it. */
import {
  ActionIcon,
  Button,
  CloseButton,
  Group,
  SegmentedControl,
  Select,
  Skeleton,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
  UnstyledButton,
} from '@mantine/core';
import { useDebouncedCallback, useDocumentTitle, useHotkeys } from '@mantine/hooks';
import { IconArrowDown, IconArrowUp, IconDots, IconGitFork, IconPencil, IconPlus, IconRefresh, IconSearch, IconTrash, IconUsers } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type MouseEvent, type ReactNode, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { groups, newest, type ScenarioFilter, scenarios, week } from '../api/queries';
import type { Page, ScenarioLine } from '../api/types';
import { useSession } from '../app/auth';
import { fetchTheRest, later } from '../app/later';
import { useInside } from '../app/live';
import { exact } from '../app/numbers';
import type { ListOrder, ListSearch } from '../app/router';
import { texts } from '../texts';
import { Empty, PageState } from '../ui/PageState';
import { StatusDot } from '../ui/StatusDot';
import { Time } from '../ui/Time';
import { useRestore } from './actions';
import type { RowMenuAt } from './RowMenu';
import { Sparkline } from './Sparkline';

const CreateDialog = later(() => import('./CreateDialog').then((m) => m.CreateDialog));
const RowMenu = later(() => import('./RowMenu').then((m) => m.RowMenu));

const route = getRouteApi('/scenarios');

/** `wide`: not on a phone. */
const columns: readonly { key: ListOrder; title: string; look?: 'number' | 'wide' }[] = [
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

function sorted(items: ScenarioLine[], by: ListOrder | undefined, up: boolean | undefined): ScenarioLine[] {
  if (!by) return items;
  const key = keyOf[by];
  const sign = up ? 1 : -1;
  return items.toSorted((a, b) => (key(a) < key(b) ? -sign : key(a) > key(b) ? sign : b.number - a.number));
}

/** Rows that are drawn at once, and that a further press adds. */
const rowsAtOnce = 100;

export function ScenarioList() {
  useDocumentTitle('Scenarios');
  useEffect(fetchTheRest, []);
  const search = route.useSearch();
  const navigate = useNavigate();
  const who = useSession();
  const filter = { q: search.q, status: search.status, tag: search.tag, group: search.group, trash: search.trash };
  const isFiltered = Boolean(search.q || search.status || search.tag || search.group);
  // The server lists by number. For another order all must be here, else the first row would be the first of a part.
  const isSorted = search.sort !== undefined && !(search.sort === 'number' && !search.up);
  const list = useInfiniteQuery({
    ...scenarios(filter, isSorted ? 1000 : rowsAtOnce),
    placeholderData: keepPreviousData,
    refetchOnWindowFocus: false,
  });
  const { hasNextPage, isFetching, fetchNextPage } = list;
  useEffect(() => {
    if (isSorted && hasNextPage && !isFetching) void fetchNextPage();
  }, [isSorted, hasNextPage, isFetching, fetchNextPage]);
  const items = useMemo(() => sorted(list.data?.pages.flatMap((p) => p.items) ?? [], search.sort, search.up), [list.data, search.sort, search.up]);
  const [rows, setRows] = useState(rowsAtOnce);
  const news = useNews(filter, list.data && !list.isPlaceholderData ? items : null, hasNextPage);
  const [menu, setMenu] = useState<RowMenuAt | null>(null);
  // Typing is one entry of the browser's history; a choice is another.
  const set = (change: Partial<ListSearch>, replace = false) => void navigate({ to: '/scenarios', search: (s) => ({ ...s, ...change }), replace });
  const close = () => set({ create: undefined }, true);

  const openRow = (s: ScenarioLine) => void navigate({ to: '/scenarios/$number', params: { number: String(s.number) } });

  return (
    <div className="page">
      <Stack gap="md">
        <Group justify="space-between">
          <Title order={1} size="h2">
            {search.trash ? 'Trash' : 'Scenarios'}
          </Title>
          {who.may('editor') && !search.trash ? (
            <Button leftSection={<IconPlus size={18} />} onClick={() => set({ create: true })}>
              Create
            </Button>
          ) : null}
        </Group>
        <Filters search={search} set={set} items={items}>
          <Text size="sm" c="dimmed" aria-live="polite">
            {items.length > 0 ? `${exact(items.length)}${hasNextPage ? ' so far' : items.length === 1 ? ' scenario' : ' scenarios'}` : ''}
          </Text>
          <Button
            variant={news > 0 ? 'light' : 'subtle'}
            color={news > 0 ? 'indigo' : 'gray'}
            size="compact-sm"
            leftSection={<IconRefresh size={16} />}
            loading={list.isRefetching && !list.isFetchingNextPage}
            onClick={() => void list.refetch()}
          >
            {news > 0 ? `Refresh +${exact(news)}` : 'Refresh'}
          </Button>
        </Filters>
        <PageState
          isPending={list.isPending}
          error={list.error}
          hasData={list.data !== undefined}
          retry={() => void list.refetch()}
          skeleton={<RowSkeletons />}
        >
          {items.length === 0 ? (
            <Nothing isFiltered={isFiltered} isTrash={search.trash === true} mayCreate={who.may('editor')} set={set} />
          ) : (
            <div className="list-sheet" data-stale={list.isPlaceholderData || undefined}>
              <Table className="list" highlightOnHover verticalSpacing={6} horizontalSpacing="md">
                <Table.Thead>
                  <Table.Tr>
                    {columns.map((c) => (
                      <Heading key={c.key} of={c} search={search} set={set} />
                    ))}
                    <Table.Th w={56}>
                      <span className="visually-hidden">Menu</span>
                    </Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody onKeyDown={alongRows}>
                  {items
                    .slice(0, rows)
                    .map((s) =>
                      search.trash ? <TrashRow key={s.number} s={s} /> : <Row key={s.number} s={s} open={openRow} openMenu={setMenu} set={set} />,
                    )}
                </Table.Tbody>
              </Table>
            </div>
          )}
          {items.length > rows || (hasNextPage && !isSorted) ? (
            <Group justify="center">
              <Button
                variant="default"
                size="sm"
                loading={list.isFetchingNextPage}
                onClick={() => {
                  setRows(rows + rowsAtOnce);
                  if (items.length <= rows) void fetchNextPage();
                }}
              >
                Load more
              </Button>
            </Group>
          ) : null}
        </PageState>
      </Stack>
      <Suspense>
        {menu ? <RowMenu at={menu} onClose={() => setMenu(null)} /> : null}
        {search.create && who.may('editor') ? <CreateDialog onClose={close} /> : null}
      </Suspense>
    </div>
  );
}

const newsEveryMs = 10_000;

/** How many rows the list would gain or lose: they come when asked for, so that none moves under the pointer. */
function useNews(filter: ScenarioFilter, shown: readonly ScenarioLine[] | null, isPart: boolean): number {
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

interface FilterProps {
  search: ListSearch;
  set: (change: Partial<ListSearch>, replace?: boolean) => void;
  items: ScenarioLine[];
  children: ReactNode;
}

function Filters({ search, set, items, children }: FilterProps) {
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

function Heading({ of, search, set }: { of: (typeof columns)[number]; search: ListSearch; set: (change: Partial<ListSearch>) => void }) {
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

/** Arrows go along the rows. */
function alongRows(e: KeyboardEvent<HTMLTableSectionElement>) {
  if (e.key !== 'ArrowDown' && e.key !== 'ArrowUp') return;
  const row = (e.target as HTMLElement).closest('tr');
  const next = e.key === 'ArrowDown' ? row?.nextElementSibling : row?.previousElementSibling;
  if (next instanceof HTMLElement) {
    e.preventDefault();
    next.focus();
  }
}

interface RowProps {
  s: ScenarioLine;
  open: (s: ScenarioLine) => void;
  openMenu: (at: RowMenuAt) => void;
  set: (change: Partial<ListSearch>) => void;
}

function Row({ s, open, openMenu, set }: RowProps) {
  const inside = useInside(s.number) ?? s.inside;
  const opensMenu = (e: MouseEvent<HTMLElement>) => {
    e.preventDefault();
    const box = e.currentTarget.getBoundingClientRect();
    const byKey = e.clientX === 0 && e.clientY === 0;
    openMenu({ s, opener: e.currentTarget, x: byKey ? box.left + 240 : e.clientX, y: byKey ? box.bottom : e.clientY });
  };
  return (
    <Table.Tr
      tabIndex={0}
      aria-label={s.title}
      onClick={(e) => {
        if (!(e.target as HTMLElement).closest('a, button')) open(s);
      }}
      onKeyDown={(e) => {
        if (e.target !== e.currentTarget) return;
        if (e.key === 'Enter') open(s);
        if (e.key === 'ContextMenu' || (e.key === 'F10' && e.shiftKey)) {
          e.preventDefault();
          // The menu listens on the document, and would take this very key for a reason to close.
          e.stopPropagation();
          const box = e.currentTarget.getBoundingClientRect();
          openMenu({ s, opener: e.currentTarget, x: box.left + 240, y: box.bottom });
        }
      }}
      onContextMenu={opensMenu}
    >
      <Table.Td w={72} c="dimmed">
        {s.number}
      </Table.Td>
      <Table.Td className="list-main">
        <Group gap={8} wrap="nowrap">
          <Link to="/scenarios/$number" params={{ number: String(s.number) }} className="list-title" tabIndex={-1} title={s.title}>
            {s.title}
          </Link>
          {s.hasDraft ? (
            <span className="draft-mark" title={texts.list.draft}>
              <IconPencil size={13} aria-hidden /> draft
            </span>
          ) : null}
          <Marks s={s} set={set} />
        </Group>
      </Table.Td>
      <Table.Td w={140}>
        <StatusDot status={s.status} frozen={s.status === 'inactive' && inside > 0} />
      </Table.Td>
      <Table.Td w={110} className="number" data-none={inside === 0 || undefined}>
        {exact(inside)}
      </Table.Td>
      <Table.Td w={170} className="wide">
        <Week number={s.number} entered={s.entered} />
      </Table.Td>
      <Table.Td w={130} className="wide">
        <Time at={s.updatedAt} />
      </Table.Td>
      <Table.Td>
        <ActionIcon variant="subtle" color="gray" aria-label={`Menu of ${s.title}`} aria-haspopup="menu" onClick={opensMenu}>
          <IconDots size={18} />
        </ActionIcon>
      </Table.Td>
    </Table.Tr>
  );
}

const marksAtOnce = 2;

/** Tags and access groups; each filters the list. */
function Marks({ s, set }: { s: ScenarioLine; set: RowProps['set'] }) {
  const all = [
    ...s.tags.map((name) => ({ name, change: { tag: name }, label: `Only the tag ${name}`, isGroup: false })),
    ...s.groups.map((name) => ({ name, change: { group: name }, label: `Only the access group ${name}`, isGroup: true })),
  ];
  const rest = all.slice(marksAtOnce);
  return (
    <>
      {all.slice(0, marksAtOnce).map((m) => (
        <UnstyledButton key={m.label} className="tag" onClick={() => set(m.change)} tabIndex={-1} title={m.label}>
          {m.isGroup ? <IconUsers size={13} aria-hidden /> : null}
          <span>{m.name}</span>
        </UnstyledButton>
      ))}
      {rest.length > 0 ? (
        <span className="tag" title={rest.map((m) => m.name).join(', ')}>
          +{rest.length}
        </span>
      ) : null}
    </>
  );
}

function Week({ number, entered }: { number: number; entered: number }) {
  const { data } = useQuery({ ...week(number), enabled: entered > 0 });
  return (
    <Group gap={10} wrap="nowrap">
      <Sparkline values={data?.series.map((p) => p.entered) ?? []} />
      <Text size="sm" c="dimmed" className="number">
        {exact(entered)}
      </Text>
    </Group>
  );
}

function TrashRow({ s }: { s: ScenarioLine }) {
  const restore = useRestore();
  const who = useSession();
  return (
    <Table.Tr style={{ cursor: 'default' }}>
      <Table.Td w={72} c="dimmed">
        {s.number}
      </Table.Td>
      <Table.Td fw={600}>{s.title}</Table.Td>
      <Table.Td colSpan={3} c="dimmed">
        deleted <Time at={s.deletedAt ?? s.updatedAt} />
      </Table.Td>
      <Table.Td colSpan={2} ta="right">
        {who.may('editor') ? (
          <Button size="xs" variant="default" loading={restore.isPending} onClick={() => restore.mutate(s.number)}>
            Put back
          </Button>
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}

function Nothing({
  isFiltered,
  isTrash,
  mayCreate,
  set,
}: {
  isFiltered: boolean;
  isTrash: boolean;
  mayCreate: boolean;
  set: (change: Partial<ListSearch>) => void;
}) {
  if (isTrash && !isFiltered) return <Empty icon={<IconTrash size={38} stroke={1.4} />}>{texts.list.noTrash}</Empty>;
  if (isFiltered)
    return (
      <Empty
        icon={<IconSearch size={38} stroke={1.4} />}
        action={
          <Button variant="default" onClick={() => set({ q: undefined, status: undefined, tag: undefined, group: undefined })}>
            Clear filters
          </Button>
        }
      >
        {texts.list.noMatch}
      </Empty>
    );
  return (
    <Empty
      icon={<IconGitFork size={38} stroke={1.4} />}
      action={
        mayCreate ? (
          <Button leftSection={<IconPlus size={18} />} onClick={() => set({ create: true })}>
            Create a scenario
          </Button>
        ) : null
      }
    >
      {texts.list.none}
    </Empty>
  );
}

function RowSkeletons() {
  return (
    <div className="list-sheet">
      <Stack gap={0}>
        {[0, 1, 2, 3, 4, 5, 6].map((i) => (
          <Group key={i} h={52} px="md" gap="lg" wrap="nowrap">
            <Skeleton h={14} w={30} />
            <Skeleton h={14} w={`${40 - i * 3}%`} />
            <Skeleton h={14} w={80} />
            <Skeleton h={14} w={60} />
          </Group>
        ))}
      </Stack>
    </div>
  );
}
