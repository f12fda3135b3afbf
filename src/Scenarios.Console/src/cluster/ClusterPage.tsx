/** The cluster, for who runs it: silos, who owns which partition, what is due and how late, and grains at each element. */
import { Alert, Button, Group, Select, Stack, Table, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { scenario, scenarios } from '../api/queries';
import { useSession } from '../app/auth';
import { counted, exact } from '../app/numbers';
import { docOf } from '../doc/model';
import { titleOf } from '../editor/elements/registry';
import { Exact } from '../ui/Exact';
import { PageState } from '../ui/PageState';
import { Scroll } from '../ui/Scroll';
import { type Cluster, cluster, grainsAt, type Partition } from './api';
import './cluster.css';

const route = getRouteApi('/cluster');

export function ClusterPage() {
  useDocumentTitle('Cluster');
  const who = useSession();
  const found = useQuery({ ...cluster, enabled: who.operator });
  if (!who.operator)
    return (
      <div className="page">
        <Alert color="gray">Only a token of an operator of the cluster sees it.</Alert>
      </div>
    );
  return (
    <div className="page">
      <Stack gap="lg">
        <Group justify="space-between">
          <Title order={1} size="h2">
            Cluster
          </Title>
          <Text size="sm" c="dimmed">
            every 2 seconds
          </Text>
        </Group>
        <PageState isPending={found.isPending} error={found.error} hasData={found.data !== undefined} retry={() => void found.refetch()}>
          {found.data ? <Shown of={found.data} at={found.dataUpdatedAt} /> : null}
        </PageState>
      </Stack>
    </div>
  );
}

function Shown({ of, at }: { of: Cluster; at: number }) {
  const rate = useRate(of, at);
  const total = (key: 'waiting' | 'due') => of.partitions.reduce((n, p) => n + p[key], 0);
  const alive = of.silos.filter((s) => s.status !== 'dead');
  const latest = Math.max(0, ...of.partitions.map((p) => p.latenessSeconds));
  const figures: [string, string, boolean?][] = [
    ['Silos active', `${of.silos.filter((s) => s.status === 'active').length}`],
    ['Partitions', exact(of.partitionCount)],
    ['Inside', exact(total('waiting'))],
    ['Due now', exact(total('due'))],
    ['Lateness', seconds(latest), latest > 5],
    ['Commits a second', rate === null ? '–' : exact(rate)],
  ];
  return (
    <Stack gap="lg">
      <div className="tiles">
        {figures.map(([name, n, isBad]) => (
          <div key={name} className="tile">
            <span className="tile-name">{name}</span>
            <span className="tile-n" data-bad={isBad || undefined}>
              {n}
            </span>
          </div>
        ))}
      </div>
      <Sheet
        title="Silos"
        tools={
          alive.length < of.silos.length ? (
            <Text size="sm" c="dimmed">
              {counted(of.silos.length - alive.length, 'dead one')} remembered
            </Text>
          ) : null
        }
      >
        <Table className="list" horizontalSpacing="md" miw={620}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Silo</Table.Th>
              <Table.Th>Address</Table.Th>
              <Table.Th>Status</Table.Th>
              <Table.Th>Started</Table.Th>
              <Table.Th>Last seen</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {alive.map((s) => (
              <Table.Tr key={s.address} className="plain-row">
                <Table.Td>{s.name}</Table.Td>
                <Table.Td className="mono">{s.address}</Table.Td>
                <Table.Td>
                  <span className="run-state" data-state={s.status === 'active' ? 'completed' : 'waiting'}>
                    {s.status}
                  </span>
                </Table.Td>
                <Table.Td>
                  <Exact at={s.startedAt} />
                </Table.Td>
                <Table.Td>
                  <Exact at={s.aliveAt} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Sheet>
      <div className="cluster-split">
        <Sheet title="Active grains">
          <Table className="list" horizontalSpacing="md">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Type</Table.Th>
                <Table.Th className="number">Active</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {of.activations.map((a) => (
                <Table.Tr key={a.grainType} className="plain-row">
                  <Table.Td className="cut" maw={260} title={a.grainType}>
                    {a.grainType.split('.').at(-1)}
                  </Table.Td>
                  <Table.Td className="number">{exact(a.count)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Sheet>
        <AtElements />
      </div>
      <Partitions of={of} />
    </Stack>
  );
}

/** Commits of all partitions between two looks. */
function useRate(of: Cluster, at: number): number | null {
  const commits = of.partitions.reduce((n, p) => n + p.commits, 0);
  const [looks, setLooks] = useState({ commits, at, rate: null as number | null });
  if (at !== looks.at) setLooks({ commits, at, rate: Math.max(0, Math.round(((commits - looks.commits) * 1000) / (at - looks.at))) });
  return looks.rate;
}

const seconds = (s: number) =>
  s === 0 ? 'none' : s < 10 ? `${s.toFixed(1)} s` : s < 120 ? `${Math.round(s)} s` : `${exact(Math.round(s / 60))} min`;

function AtElements() {
  const { scenario: asked } = route.useSearch();
  const navigate = useNavigate();
  const list = useInfiniteQuery(scenarios({}));
  const items = list.data?.pages.flatMap((p) => p.items) ?? [];
  const number = asked ?? items.find((s) => s.inside > 0)?.number ?? items[0]?.number;
  return (
    <Sheet
      title="At each element"
      tools={
        items.length > 0 ? (
          <Select
            aria-label="Scenario"
            size="sm"
            w={280}
            searchable
            allowDeselect={false}
            value={number === undefined ? null : String(number)}
            data={items.map((s) => ({ value: String(s.number), label: `#${s.number} ${s.title}` }))}
            onChange={(v) => void navigate({ to: '/cluster', search: { scenario: Number(v) }, replace: true })}
          />
        ) : null
      }
    >
      {number === undefined ? (
        <Text size="sm" c="dimmed" p="md">
          No scenario yet.
        </Text>
      ) : (
        <Elements key={number} number={number} />
      )}
    </Sheet>
  );
}

function Elements({ number }: { number: number }) {
  const whole = useQuery(scenario(number));
  const found = useQuery(grainsAt(number));
  const rows = useMemo(() => docOf(whole.data?.definition, {}).elements.map((e) => [e.id, titleOf(e)] as const), [whole.data]);
  return (
    <PageState
      isPending={found.isPending || whole.isPending}
      error={found.error ?? whole.error}
      hasData={found.data !== undefined && whole.data !== undefined}
      retry={() => void found.refetch()}
    >
      <Table className="list" horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Element</Table.Th>
            <Table.Th className="number">Profiles</Table.Th>
            <Table.Th className="number">Active grains</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(([id, title]) => (
            <Table.Tr key={id} className="plain-row">
              <Table.Td className="cut" maw={280}>
                <Link to="/scenarios/$number" params={{ number: String(number) }} search={{ el: id }} className="list-title">
                  {title}
                </Link>
              </Table.Td>
              <Table.Td className="number">{exact(found.data?.elements[id] ?? 0)}</Table.Td>
              <Table.Td className="number">{exact(found.data?.grains[id] ?? 0)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </PageState>
  );
}

const shownAtOnce = 40;

function Partitions({ of }: { of: Cluster }) {
  const [most, setMost] = useState(shownAtOnce);
  const key = (p: Partition) => `${p.tenant}/${p.scenario}/${p.partition}`;
  return (
    <Sheet
      title={`Partitions, the latest first${of.partitionCount > of.partitions.length ? ` (${exact(of.partitions.length)} of ${exact(of.partitionCount)})` : ''}`}
    >
      {of.partitions.length === 0 ? (
        <Text size="sm" c="dimmed" p="md">
          No scenario yet, so no partition.
        </Text>
      ) : (
        <Table className="list" horizontalSpacing="md" miw={860}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Tenant / scenario / partition</Table.Th>
              <Table.Th>Owner</Table.Th>
              <Table.Th className="number">Epoch</Table.Th>
              <Table.Th className="number">Commits</Table.Th>
              <Table.Th className="number">Inside</Table.Th>
              <Table.Th className="number">Due</Table.Th>
              <Table.Th>Next due</Table.Th>
              <Table.Th className="number">Late</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {of.partitions.slice(0, most).map((p) => (
              <Table.Tr key={key(p)} className="plain-row">
                <Table.Td className="mono">{key(p)}</Table.Td>
                <Table.Td className="mono cut" maw={220} title={p.owner ?? undefined}>
                  {p.owner ?? '–'}
                </Table.Td>
                <Table.Td className="number">{exact(p.epoch)}</Table.Td>
                <Table.Td className="number">{exact(p.commits)}</Table.Td>
                <Table.Td className="number">{exact(p.waiting)}</Table.Td>
                <Table.Td className="number">{exact(p.due)}</Table.Td>
                <Table.Td>{p.nextDue ? <Exact at={p.nextDue} /> : '–'}</Table.Td>
                <Table.Td className="number" c={p.latenessSeconds > 5 ? 'var(--bad)' : undefined}>
                  {seconds(p.latenessSeconds)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {of.partitions.length > most ? (
        <Group p="sm" justify="center">
          <Button size="xs" variant="default" onClick={() => setMost(most + 200)}>
            Show {exact(Math.min(200, of.partitions.length - most))} more
          </Button>
        </Group>
      ) : null}
    </Sheet>
  );
}

function Sheet({ title, tools, children }: { title: string; tools?: React.ReactNode; children: React.ReactNode }) {
  return (
    <section className="cluster-sheet" aria-label={title}>
      <div className="cluster-head">
        <h2>{title}</h2>
        {tools}
      </div>
      <Scroll className="cluster-table" label={`${title}: table`}>
        {children}
      </Scroll>
    </section>
  );
}
