/** All scenarios: what each is, how many are inside, and what one does with it. */
import { Button, Group, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconGitFork, IconPlus, IconRefresh, IconSearch, IconTrash } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Suspense, useEffect, useMemo, useState } from 'react';
import { scenarios } from '../api/queries';
import type { ScenarioLine } from '../api/types';
import { useSession } from '../app/auth';
import { fetchTheRest, later } from '../app/later';
import { exact } from '../app/numbers';
import { texts } from '../texts';
import { Empty, PageState } from '../ui/PageState';
import { alongRows } from '../ui/rows';
import type { ListSearch } from './address';
import { Filters } from './Filters';
import { useNews } from './news';
import { columns, Heading, sorted } from './order';
import type { RowMenuAt } from './RowMenu';
import { Row, TrashRow } from './Rows';

const CreateDialog = later(() => import('./CreateDialog').then((m) => m.CreateDialog));
const RowMenu = later(() => import('./RowMenu').then((m) => m.RowMenu));

const route = getRouteApi('/scenarios');

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
