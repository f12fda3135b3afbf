/** The runs of a scenario, the latest entry first: all of them, or those that ended for one reason. */
import { Button, CloseButton, Group, Select, Stack, Table, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedCallback, useDocumentTitle } from '@mantine/hooks';
import { IconRoute, IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { account, scenario } from '../api/queries';
import { docOf } from '../doc/model';
import { titleOf } from '../editor/elements/registry';
import { Exact } from '../ui/Exact';
import { Empty } from '../ui/PageState';
import { Pages } from '../ui/Pages';
import { Scroll } from '../ui/Scroll';
import type { RunsSearch } from './address';
import { type RunState, runs } from './api';
import './runs.css';
import { reasonInWords, stateInWords } from './words';

const route = getRouteApi('/scenarios/$number/runs');

export function RunList() {
  const number = Number(route.useParams().number);
  const search = route.useSearch();
  const navigate = useNavigate();
  const whole = useQuery(scenario(number));
  const { data: home } = useQuery(account);
  const list = useInfiniteQuery({
    ...runs(number, { state: search.state, reason: search.reason, profileId: search.profile }),
    placeholderData: keepPreviousData,
  });
  const names = useMemo(() => new Map(docOf(whole.data?.definition, {}).elements.map((e) => [e.id, titleOf(e)])), [whole.data]);
  const title = whole.data?.title ?? `#${number}`;
  const zone = typeof whole.data?.settings.timeZone === 'string' ? whole.data.settings.timeZone : home?.timeZone;
  useDocumentTitle(`Runs · ${title}`);
  const set = (change: Partial<RunsSearch>) =>
    void navigate({ to: '/scenarios/$number/runs', params: { number: String(number) }, search: (s) => ({ ...s, ...change }), replace: true });
  return (
    <div className="page">
      <Stack gap="md">
        <div>
          <Text size="sm" c="dimmed">
            <Link to="/scenarios/$number" params={{ number: String(number) }} className="plain-link">
              {title}
            </Link>{' '}
            #{number}
          </Text>
          <Title order={1} size="h2">
            Runs
          </Title>
        </div>
        <Group gap="sm">
          <ProfileFilter key={search.profile} profile={search.profile} onFind={(profile) => set({ profile })} />
          <Select
            aria-label="State"
            placeholder="Any state"
            clearable
            w={170}
            value={search.state ?? null}
            onChange={(v) => set({ state: (v as RunState | null) ?? undefined, reason: undefined })}
            data={[
              { value: 'waiting', label: 'Waiting' },
              { value: 'performing', label: 'Performing' },
              { value: 'completed', label: 'Completed' },
              { value: 'failed', label: 'Failed' },
              { value: 'left', label: 'Left' },
            ]}
          />
          {search.reason ? (
            <Button
              variant="light"
              size="sm"
              rightSection={<CloseButton component="span" size="sm" aria-hidden tabIndex={-1} />}
              onClick={() => set({ reason: undefined })}
              aria-label={`Only those whose reason is: ${reasonInWords(search.reason)}. Show all`}
            >
              {reasonInWords(search.reason)}
            </Button>
          ) : null}
        </Group>
        <Pages
          list={list}
          isCounted
          empty={
            <Empty icon={<IconRoute size={38} stroke={1.4} />}>
              {search.state || search.reason || search.profile ? 'No run matches.' : 'No profile has entered yet.'}
            </Empty>
          }
        >
          {(items) => (
            <Scroll className="list-sheet" label="Table of runs">
              <Table className="list" miw={820} horizontalSpacing="md" verticalSpacing={6}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Profile</Table.Th>
                    <Table.Th>State</Table.Th>
                    <Table.Th>Element</Table.Th>
                    <Table.Th>Entered</Table.Th>
                    <Table.Th>Ended or leaves</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {items.map((r) => (
                    <Table.Tr key={r.runId} className="plain-row">
                      <Table.Td maw={280} className="cut">
                        <Link
                          to="/scenarios/$number/runs/$run"
                          params={{ number: String(number), run: r.runId }}
                          className="list-title"
                          title={r.profileId}
                        >
                          {r.profileId}
                        </Link>
                      </Table.Td>
                      <Table.Td>
                        <span className="run-state" data-state={r.state}>
                          {stateInWords(r)}
                        </span>
                      </Table.Td>
                      <Table.Td maw={220} className="cut">
                        {names.get(r.element) ?? r.element}
                      </Table.Td>
                      <Table.Td>
                        <Exact at={r.enteredAt} zone={zone} />
                      </Table.Td>
                      <Table.Td>
                        {r.endedAt ? <Exact at={r.endedAt} zone={zone} /> : r.leavesAt ? <Exact at={r.leavesAt} zone={zone} withDistance /> : '–'}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Scroll>
          )}
        </Pages>
      </Stack>
    </div>
  );
}

function ProfileFilter({ profile, onFind }: { profile: string | undefined; onFind: (id: string | undefined) => void }) {
  const [text, setText] = useState(profile ?? '');
  const ask = useDebouncedCallback((next: string) => onFind(next.trim() || undefined), 400);
  return (
    <TextInput
      className="list-search"
      aria-label="Of one profile, by its id"
      placeholder="Id of a profile"
      leftSection={<IconSearch size={16} />}
      value={text}
      onChange={(e) => {
        setText(e.currentTarget.value);
        ask(e.currentTarget.value);
      }}
      rightSection={text ? <CloseButton size="sm" aria-label="Clear" onClick={() => onFind(undefined)} /> : null}
    />
  );
}
