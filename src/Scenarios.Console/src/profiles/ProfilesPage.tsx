/** Databases and who is in them: choose one, find somebody, bring more in. */
import { Alert, Button, CloseButton, Group, Select, Stack, Table, TextInput, Title } from '@mantine/core';
import { useDebouncedCallback, useDocumentTitle, useHotkeys } from '@mantine/hooks';
import { IconDatabase, IconFileImport, IconPlus, IconSearch, IconUserPlus, IconUsers } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useRef, useState } from 'react';
import { databases } from '../api/queries';
import type { Database } from '../api/types';
import { useSession } from '../app/auth';
import { exact } from '../app/numbers';
import { texts } from '../texts';
import { Empty, PageState } from '../ui/PageState';
import { Pages } from '../ui/Pages';
import { ProfileLink } from '../ui/ProfileLink';
import { alongRows } from '../ui/rows';
import { Scroll } from '../ui/Scroll';
import { Time } from '../ui/Time';
import type { ProfilesSearch } from './address';
import { nameOf, profiles, valueInWords } from './api';
import { DatabaseWindow } from './DatabaseWindow';
import { ProfileWindow } from './ProfileWindow';
import './profiles.css';

const route = getRouteApi('/profiles');

export function ProfilesPage() {
  useDocumentTitle('Profiles');
  const who = useSession();
  const search = route.useSearch();
  const navigate = useNavigate();
  const all = useQuery(databases);
  const set = (change: ProfilesSearch) => void navigate({ to: '/profiles', search: (s) => ({ ...s, ...change }), replace: true });
  const chosen = all.data?.items.find((d) => d.name === search.db) ?? (search.db ? undefined : all.data?.items[0]);
  const [dialog, setDialog] = useState<'new' | 'fields' | 'profile' | null>(null);
  return (
    <div className="page">
      <Stack gap="md">
        <Group justify="space-between">
          <Title order={1} size="h2">
            Profiles
          </Title>
          <Group gap="sm">
            {chosen && who.may('editor') ? (
              <Button
                variant="default"
                leftSection={<IconFileImport size={18} />}
                renderRoot={(props) => <Link to="/profiles/import" search={{ db: chosen.name }} {...props} />}
              >
                Import
              </Button>
            ) : null}
            {chosen && who.may('operator') ? (
              <Button leftSection={<IconUserPlus size={18} />} onClick={() => setDialog('profile')}>
                Create a profile
              </Button>
            ) : null}
          </Group>
        </Group>
        <PageState isPending={all.isPending} error={all.error} hasData={all.data !== undefined} retry={() => void all.refetch()}>
          <Group gap="sm">
            <Select
              aria-label="Database"
              leftSection={<IconDatabase size={16} />}
              data={all.data?.items.map((d) => d.name) ?? []}
              value={chosen?.name ?? null}
              onChange={(db) => set({ db: db ?? undefined, q: undefined })}
              allowDeselect={false}
              searchable
              placeholder="Database"
              w={240}
            />
            {chosen ? (
              <Button variant="default" size="sm" onClick={() => setDialog('fields')}>
                {chosen.fields.length === 1 ? '1 field' : `${exact(chosen.fields.length)} fields`}
              </Button>
            ) : null}
            {who.may('editor') ? (
              <Button variant="subtle" size="sm" leftSection={<IconPlus size={16} />} onClick={() => setDialog('new')}>
                New database
              </Button>
            ) : null}
          </Group>
          {chosen ? (
            who.may('operator') ? (
              <Found key={chosen.name} db={chosen} q={search.q} set={set} create={() => setDialog('profile')} />
            ) : (
              <Alert color="gray">{texts.profiles.notForRole(who.role)}</Alert>
            )
          ) : search.db ? (
            <Empty icon={<IconDatabase size={38} stroke={1.4} />}>There is no database “{search.db}” that you may see.</Empty>
          ) : (
            <Empty icon={<IconDatabase size={38} stroke={1.4} />}>{texts.profiles.noDatabase}</Empty>
          )}
        </PageState>
      </Stack>
      {dialog === 'new' ? (
        <DatabaseWindow
          onClose={() => setDialog(null)}
          onDone={(name) => {
            setDialog(null);
            set({ db: name ?? undefined, q: undefined });
          }}
        />
      ) : null}
      {dialog === 'fields' && chosen ? (
        <DatabaseWindow
          of={chosen}
          onClose={() => setDialog(null)}
          onDone={(name) => {
            setDialog(null);
            if (name === null) set({ db: undefined, q: undefined });
          }}
        />
      ) : null}
      {dialog === 'profile' && chosen ? (
        <ProfileWindow
          db={chosen}
          onClose={() => setDialog(null)}
          onDone={(id) => void navigate({ to: '/profile', search: { db: chosen.name, id } })}
        />
      ) : null}
    </div>
  );
}

const columnsShown = 3;

function Found({ db, q, set, create }: { db: Database; q: string | undefined; set: (change: ProfilesSearch) => void; create: () => void }) {
  const navigate = useNavigate();
  const list = useInfiniteQuery({ ...profiles(db.name, q), placeholderData: keepPreviousData });
  const columns = db.fields.filter((f) => !['name', 'firstName', 'lastName'].includes(f.name)).slice(0, columnsShown);
  const open = (id: string) => void navigate({ to: '/profile', search: { db: db.name, id } });
  const onKeyDown = (e: KeyboardEvent<HTMLTableSectionElement>) => {
    const row = e.target as HTMLElement;
    if (!alongRows(e) && e.key === 'Enter' && row.dataset.id) open(row.dataset.id);
  };
  return (
    <>
      <Find key={q} q={q} set={set} field={db.fields[0]?.name} />
      <Pages list={list} isCounted empty={<Nothing q={q} clear={() => set({ q: undefined })} create={create} />}>
        {(items) => (
          <Scroll className="list-sheet" label="Table of profiles" isOld={list.isPlaceholderData}>
            <Table className="list" highlightOnHover verticalSpacing={6} horizontalSpacing="md" miw={760}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Profile</Table.Th>
                  <Table.Th>Email</Table.Th>
                  <Table.Th>Phone</Table.Th>
                  {columns.map((c) => (
                    <Table.Th key={c.name}>{c.name}</Table.Th>
                  ))}
                  <Table.Th>Changed</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody onKeyDown={onKeyDown}>
                {items.map((p) => (
                  <Table.Tr
                    key={p.id}
                    tabIndex={0}
                    data-id={p.id}
                    aria-label={p.id}
                    onClick={(e) => {
                      if (!(e.target as HTMLElement).closest('a, button')) open(p.id);
                    }}
                  >
                    <Table.Td maw={260}>
                      <ProfileLink database={db.name} id={p.id} name={nameOf(p)} isLink />
                    </Table.Td>
                    <Table.Td maw={240} className="cut">
                      {p.email}
                    </Table.Td>
                    <Table.Td className="cut">{p.phone}</Table.Td>
                    {columns.map((c) => (
                      <Table.Td key={c.name} maw={200} className="cut" title={valueInWords(p.fields[c.name])}>
                        {valueInWords(p.fields[c.name])}
                      </Table.Td>
                    ))}
                    <Table.Td>
                      <Time at={p.updatedAt} />
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Scroll>
        )}
      </Pages>
    </>
  );
}

function Find({ q, set, field }: { q: string | undefined; set: (change: ProfilesSearch) => void; field: string | undefined }) {
  const [text, setText] = useState(q ?? '');
  const box = useRef<HTMLInputElement>(null);
  const ask = useDebouncedCallback((next: string) => set({ q: next.trim() || undefined }), 300);
  useHotkeys([['/', () => box.current?.focus()]]);
  return (
    <TextInput
      ref={box}
      className="profiles-find"
      aria-label="Find a profile"
      placeholder={`Id, email, phone${field ? `, or ${field}:value` : ''}`}
      leftSection={<IconSearch size={16} />}
      value={text}
      autoFocus={q !== undefined}
      onChange={(e) => {
        setText(e.currentTarget.value);
        ask(e.currentTarget.value);
      }}
      rightSection={text ? <CloseButton size="sm" aria-label="Clear the search" onClick={() => set({ q: undefined })} /> : null}
    />
  );
}

function Nothing({ q, clear, create }: { q: string | undefined; clear: () => void; create: () => void }) {
  if (q)
    return (
      <Empty
        icon={<IconSearch size={38} stroke={1.4} />}
        action={
          <Button variant="default" onClick={clear}>
            Clear filters
          </Button>
        }
      >
        {texts.profiles.noMatch(q)}
      </Empty>
    );
  return (
    <Empty
      icon={<IconUsers size={38} stroke={1.4} />}
      action={
        <Button leftSection={<IconUserPlus size={18} />} onClick={create}>
          Create a profile
        </Button>
      }
    >
      {texts.profiles.none}
    </Empty>
  );
}
