/**
 * Who stands at an element now, and what one does with them: the window behind a live number. What it shows is part of the
 * address, so that going to a profile and back ends up here again. Rows stay where they are while it is open.
 */
import { ActionIcon, Button, Checkbox, CloseButton, Group, Modal, Select, Table, Text, TextInput, Tooltip } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconDownload, IconRefresh, IconSearch, IconSnowflake, IconUserOff } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useSession } from '../../app/auth';
import { standing, useInside, useStanding } from '../../app/live';
import { counted, exact } from '../../app/numbers';
import { contentUrl, type StandingRun, standingRuns } from '../../runs/api';
import { Exact } from '../../ui/Exact';
import { Empty, PageState } from '../../ui/PageState';
import { ProfileLink } from '../../ui/ProfileLink';
import { alongRows } from '../../ui/rows';
import type { EditorSearch } from '../address';
import { canvas } from '../canvas/view';
import { titleOf } from '../elements/registry';
import { useEditor } from '../store';
import { BulkBar } from './BulkBar';
import { ExportCsv } from './ExportCsv';
import { RowActions, type RowVerb } from './RowActions';
import './standing.css';

interface Props {
  element: string;
  zone: string;
  search: EditorSearch;
  setSearch: (change: Partial<EditorSearch>) => void;
}

export function StandingWindow({ element, zone, search, setSearch }: Props) {
  const base = useEditor((s) => s.base);
  const found = useEditor((s) => s.history.doc.elements.find((e) => e.id === element));
  const title = found ? titleOf(found) : element;
  const close = () => {
    // Escape closes what lies on top, and only that.
    if (document.querySelectorAll('[role="dialog"]').length > 1) return;
    setSearch({ at: undefined, q: undefined, order: undefined, overdue: undefined });
    setTimeout(() => canvas.focus(element), 0);
  };
  return (
    <Modal
      opened
      onClose={close}
      returnFocus={false}
      size={1080}
      title={`Profiles in “${title}”`}
      classNames={{ body: 'standing', content: 'standing-window' }}
    >
      {base.status === 'inactive' ? (
        <div className="standing-note">
          <IconSnowflake size={16} aria-hidden /> The scenario is stopped: who is here stands still until it is active again.
        </div>
      ) : null}
      <Standing element={element} title={title} zone={zone} search={search} setSearch={setSearch} />
    </Modal>
  );
}

function Standing({ element, title, zone, search, setSearch }: Props & { title: string }) {
  const { number, database, status } = useEditor((s) => s.base);
  const who = useSession();
  const client = useQueryClient();
  const filter = { q: search.q, order: search.order, overdue: search.overdue };
  const list = useInfiniteQuery({
    ...standingRuns(number, element, filter),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnMount: 'always',
  });
  // Rows that were dealt with here go at once; the others stay still until one asks.
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [verb, setVerb] = useState<{ run: StandingRun; verb: RowVerb } | null>(null);
  const rows = useMemo(() => (list.data?.pages.flatMap((p) => p.items) ?? []).filter((r) => !gone.has(r.runId)), [list.data, gone]);
  const now = useStanding(number, element);
  // Before the stream has said anything there is nothing to compare with.
  const isKnown = useInside(number) !== undefined;
  const [then, setThen] = useState<number | null>(() => (isKnown ? standing(number, element) : null));
  if (isKnown && then === null) setThen(now);
  const mayAct = who.may('operator');
  const isFiltered = Boolean(search.q || search.overdue);

  const refresh = () => {
    setGone(new Set());
    setChosen(new Set());
    setThen(standing(number, element));
    void client.resetQueries({ queryKey: ['standing', number, element] });
  };
  const dealtWith = (ids: Iterable<string>) => {
    const all = [...ids];
    setGone((before) => new Set([...before, ...all]));
    setChosen((before) => new Set([...before].filter((id) => !all.includes(id))));
    setThen((n) => (n === null ? null : Math.max(0, n - all.length)));
  };
  const toggle = (id: string) => setChosen((before) => (before.has(id) ? new Set([...before].filter((x) => x !== id)) : new Set([...before, id])));
  const areAll = rows.length > 0 && rows.every((r) => chosen.has(r.runId));

  const onKeyDown = (e: KeyboardEvent<HTMLTableSectionElement>) => {
    if (alongRows(e)) return;
    const row = (e.target as HTMLElement).closest('tr');
    if (e.target !== row || !mayAct) return;
    const run = rows.find((r) => r.runId === row?.dataset.run);
    if (!run) return;
    if (e.key === 'Delete') setVerb({ run, verb: 'remove' });
    if (e.key === ' ') {
      e.preventDefault();
      toggle(run.runId);
    }
  };

  return (
    <>
      <Group gap="sm" wrap="wrap" className="standing-tools">
        <Text size="sm" fw={600} role="status">
          {exact(now)} now
        </Text>
        {then !== null && now !== then ? (
          <Button size="compact-sm" variant="light" leftSection={<IconRefresh size={15} />} onClick={refresh}>
            {now > then ? `${exact(now - then)} new` : `${exact(then - now)} gone`}
          </Button>
        ) : null}
        <Find key={search.q} q={search.q} onFind={(q) => setSearch({ q })} byContact={mayAct} />
        <Select
          aria-label="Order"
          size="sm"
          w={170}
          allowDeselect={false}
          value={search.order ?? 'entered'}
          onChange={(v) => setSearch({ order: v === 'leaves' ? 'leaves' : undefined })}
          data={[
            { value: 'entered', label: 'Entered: earliest' },
            { value: 'leaves', label: 'Leaves: soonest' },
          ]}
        />
        <Checkbox
          size="sm"
          label="Only overdue"
          checked={search.overdue ?? false}
          onChange={(e) => setSearch({ overdue: e.currentTarget.checked || undefined })}
        />
        {rows.length > 0 ? (
          <div className="standing-export">
            <ExportCsv number={number} element={element} filter={filter} />
          </div>
        ) : null}
      </Group>
      {mayAct && chosen.size > 0 ? (
        <BulkBar
          number={number}
          element={element}
          chosen={rows.filter((r) => chosen.has(r.runId))}
          all={isFiltered ? null : now}
          isStill={status === 'inactive'}
          onDone={refresh}
          onClear={() => setChosen(new Set())}
        />
      ) : null}
      <PageState isPending={list.isPending} error={list.error} hasData={list.data !== undefined} retry={() => void list.refetch()}>
        {rows.length === 0 && !list.hasNextPage ? (
          <Nobody isFiltered={isFiltered} clear={() => setSearch({ q: undefined, overdue: undefined })} />
        ) : (
          <div className="standing-sheet" data-old={list.isPlaceholderData || undefined}>
            <Table className="list" verticalSpacing={6} miw={mayAct ? 820 : 560} aria-label={`Profiles in ${title}`}>
              <Table.Thead>
                <Table.Tr>
                  {mayAct ? (
                    <Table.Th w={44}>
                      <Checkbox
                        size="sm"
                        aria-label="Choose all that are shown"
                        checked={areAll}
                        indeterminate={!areAll && chosen.size > 0}
                        onChange={() => setChosen(areAll ? new Set() : new Set(rows.map((r) => r.runId)))}
                      />
                    </Table.Th>
                  ) : null}
                  <Table.Th>Profile</Table.Th>
                  <Table.Th>Came here</Table.Th>
                  <Table.Th>Leaves</Table.Th>
                  {mayAct ? <Table.Th w={76}>Content</Table.Th> : null}
                  {mayAct ? (
                    <Table.Th w={84}>
                      <span className="visually-hidden">Actions</span>
                    </Table.Th>
                  ) : null}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody onKeyDown={onKeyDown}>
                {rows.map((r) => (
                  <Table.Tr
                    key={r.runId}
                    tabIndex={0}
                    data-run={r.runId}
                    aria-label={r.name ?? r.profileId}
                    bg={chosen.has(r.runId) ? 'var(--chosen)' : undefined}
                  >
                    {mayAct ? (
                      <Table.Td>
                        <Checkbox
                          size="sm"
                          aria-label={`Choose ${r.name ?? r.profileId}`}
                          checked={chosen.has(r.runId)}
                          onChange={() => toggle(r.runId)}
                        />
                      </Table.Td>
                    ) : null}
                    <Table.Td maw={300}>
                      <ProfileLink database={database} id={r.profileId} name={r.name} email={r.email} isLink={mayAct} />
                    </Table.Td>
                    <Table.Td>
                      <Exact at={r.arrivedAt ?? r.enteredAt} zone={zone} />
                    </Table.Td>
                    <Table.Td>
                      {r.leavesAt ? <Exact at={r.leavesAt} zone={zone} withDistance /> : <Text size="sm">when its work is done</Text>}
                    </Table.Td>
                    {mayAct ? (
                      <Table.Td>
                        {r.hasContent ? (
                          <Tooltip label="Content as a file">
                            <ActionIcon
                              component="a"
                              variant="subtle"
                              color="gray"
                              href={contentUrl(number, r.runId)}
                              download={`run-${r.runId}.json`}
                              aria-label={`Content of ${r.name ?? r.profileId}`}
                            >
                              <IconDownload size={18} />
                            </ActionIcon>
                          </Tooltip>
                        ) : null}
                      </Table.Td>
                    ) : null}
                    {mayAct ? (
                      <Table.Td>
                        <RowActions run={r} number={number} isStill={status === 'inactive'} onVerb={(v) => setVerb({ run: r, verb: v })} />
                      </Table.Td>
                    ) : null}
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
        )}
        {list.hasNextPage ? (
          <Group justify="space-between" pt="sm">
            <Text size="sm" c="dimmed">
              {counted(rows.length, 'profile')} shown
            </Text>
            <Button variant="default" size="sm" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              Load 50 more
            </Button>
          </Group>
        ) : null}
      </PageState>
      {verb ? <RowActions.Dialog at={verb} number={number} title={title} onDone={dealtWith} onClose={() => setVerb(null)} /> : null}
    </>
  );
}

function Find({ q, onFind, byContact }: { q: string | undefined; onFind: (q: string | undefined) => void; byContact: boolean }) {
  const [text, setText] = useState(q ?? '');
  const box = useRef<HTMLInputElement>(null);
  const ask = useDebouncedCallback((next: string) => onFind(next.trim() || undefined), 300);
  // Typing changes the address, which draws this anew: it goes on where it was.
  useEffect(() => {
    if (q !== undefined) box.current?.focus();
  }, [q]);
  return (
    <TextInput
      ref={box}
      size="sm"
      className="standing-find"
      aria-label="Find a profile here"
      placeholder={byContact ? 'Id, email or phone' : 'Beginning of an id'}
      leftSection={<IconSearch size={16} />}
      value={text}
      onChange={(e) => {
        setText(e.currentTarget.value);
        ask(e.currentTarget.value);
      }}
      rightSection={text ? <CloseButton size="sm" aria-label="Clear the search" onClick={() => onFind(undefined)} /> : null}
    />
  );
}

function Nobody({ isFiltered, clear }: { isFiltered: boolean; clear: () => void }) {
  return (
    <Empty
      icon={isFiltered ? <IconSearch size={36} stroke={1.4} /> : <IconUserOff size={36} stroke={1.4} />}
      action={
        isFiltered ? (
          <Button variant="default" onClick={clear}>
            Clear filters
          </Button>
        ) : null
      }
    >
      {isFiltered ? 'Nobody here matches.' : 'Nobody is here now.'}
    </Empty>
  );
}
