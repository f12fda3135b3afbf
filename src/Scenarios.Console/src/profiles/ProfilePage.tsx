/** One profile: contacts, fields, subscriptions, and everything that scenarios did with it. */
import { Alert, Anchor, Button, Code, CopyButton, Group, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { call, newKey } from '../api/client';
import { database } from '../api/queries';
import { useSession } from '../app/auth';
import { exact } from '../app/numbers';
import { reasonInWords, stateInWords } from '../runs/words';
import { Confirm } from '../ui/Confirm';
import { Exact } from '../ui/Exact';
import { notice } from '../ui/notices';
import { PageState } from '../ui/PageState';
import { nameOf, type Profile, profile, profilePath, type TimelineItem, timeline, valueInWords } from './api';
import { ProfileWindow } from './ProfileWindow';
import './profiles.css';

const route = getRouteApi('/profile');

export function ProfilePage() {
  const { db, id } = route.useSearch();
  const found = useQuery(profile(db, id));
  useDocumentTitle(`${found.data ? (nameOf(found.data) ?? id) : id} · Profiles`);
  return (
    <div className="page profile-page">
      <PageState isPending={found.isPending} error={found.error} hasData={found.data !== undefined} retry={() => void found.refetch()}>
        {found.data ? <Shown db={db} of={found.data} /> : null}
      </PageState>
    </div>
  );
}

function Shown({ db, of }: { db: string; of: Profile }) {
  const who = useSession();
  const router = useRouter();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { data: where } = useQuery(database(db));
  const [dialog, setDialog] = useState<'edit' | 'delete' | null>(null);
  const remove = useMutation({
    mutationFn: () => call('DELETE', profilePath(db, of.id), { key: newKey() }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['profiles', db] });
      notice(`${nameOf(of) ?? of.id} is deleted.`);
      void navigate({ to: '/profiles', search: { db }, replace: true });
    },
  });
  const name = nameOf(of);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start" gap="sm">
        <Stack gap={4} miw={0}>
          <Text size="sm" c="dimmed">
            <Link to="/profiles" search={{ db }} className="plain-link">
              {db}
            </Link>
          </Text>
          <Title order={1} size="h2" className="profile-title">
            {name ?? of.id}
          </Title>
          <Group gap="xs">
            <Code>{of.id}</Code>
            <CopyButton value={of.id}>
              {({ copied, copy }) => (
                <Button size="compact-xs" variant="subtle" color="gray" onClick={copy}>
                  {copied ? 'Copied' : 'Copy id'}
                </Button>
              )}
            </CopyButton>
          </Group>
        </Stack>
        <Group gap="sm">
          <Button variant="default" leftSection={<IconPencil size={16} />} onClick={() => setDialog('edit')} disabled={!where}>
            Change
          </Button>
          {who.may('editor') ? (
            <Button variant="default" c="var(--bad)" leftSection={<IconTrash size={16} />} onClick={() => setDialog('delete')}>
              Delete…
            </Button>
          ) : null}
          <Button variant="subtle" color="gray" onClick={() => router.history.back()}>
            Back
          </Button>
        </Group>
      </Group>
      <div className="profile-split">
        <Stack gap="lg" miw={0}>
          <Sheet title="Profile">
            <Facts
              rows={[
                ['Email', of.email],
                ['Phone', of.phone],
                ['Time zone', of.timeZone],
                ['Created', <Exact key="c" at={of.createdAt} />],
                ['Changed', <Exact key="u" at={of.updatedAt} />],
              ]}
            />
          </Sheet>
          <Sheet title="Fields">
            {where && where.fields.length > 0 ? (
              <Facts rows={where.fields.map((f) => [f.name, valueInWords(of.fields[f.name]) || null])} />
            ) : (
              <Text size="sm" c="dimmed">
                This database has no fields.
              </Text>
            )}
          </Sheet>
          <Sheet title="Subscriptions">
            {of.subscriptions.length === 0 ? (
              <Text size="sm" c="dimmed">
                None.
              </Text>
            ) : (
              <ul className="plain-rows">
                {of.subscriptions.map((s, i) => (
                  <li key={i}>
                    <span className="cut" title={s.address}>
                      {s.channel}
                      {s.resource ? ` · ${s.resource}` : ''}
                      {s.address ? ` · ${s.address}` : ''}
                    </span>
                    <span className="chip" data-tone={s.status === 'subscribed' ? 'good' : s.status === 'unsubscribed' ? 'bad' : undefined}>
                      {s.status}
                    </span>
                  </li>
                ))}
              </ul>
            )}
          </Sheet>
        </Stack>
        <Sheet title="Timeline">
          <Timeline db={db} id={of.id} />
        </Sheet>
      </div>
      {dialog === 'edit' && where ? <ProfileWindow db={where} of={of} onClose={() => setDialog(null)} onDone={() => setDialog(null)} /> : null}
      <Confirm
        opened={dialog === 'delete'}
        title={`Delete ${name ?? of.id}?`}
        confirm="Delete"
        isDangerous
        isBusy={remove.isPending}
        onClose={() => setDialog(null)}
        onConfirm={() => remove.mutate()}
      >
        1 profile goes with its fields, content and trails; where it is inside a scenario, its run ends. Totals stay. This cannot be undone.
        {remove.error ? (
          <Alert color="red" mt="sm">
            {remove.error.message}
          </Alert>
        ) : null}
      </Confirm>
    </Stack>
  );
}

function Sheet({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section className="sheet" aria-label={title}>
      <h2 className="sheet-title">{title}</h2>
      {children}
    </section>
  );
}

function Facts({ rows }: { rows: [string, React.ReactNode][] }) {
  return (
    <dl className="profile-facts">
      {rows.map(([term, value]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{value ?? <span className="nothing">–</span>}</dd>
        </div>
      ))}
    </dl>
  );
}

function Timeline({ db, id }: { db: string; id: string }) {
  const list = useInfiniteQuery({ ...timeline(db, id), refetchInterval: 15_000 });
  const items = list.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <PageState isPending={list.isPending} error={list.error} hasData={list.data !== undefined} retry={() => void list.refetch()}>
      {items.length === 0 ? (
        <Text size="sm" c="dimmed">
          No scenario has met this profile yet.
        </Text>
      ) : (
        <>
          <InShort items={items} />
          <ol className="timeline">
            {items.map((t) => (
              <li key={`${t.scenario} ${t.runId ?? 'declined'}`} data-kind={t.kind}>
                <div className="timeline-when">
                  <Exact at={t.at} />
                </div>
                <div className="timeline-what">
                  <Link to="/scenarios/$number" params={{ number: String(t.scenario) }} className="list-title">
                    {t.title}
                  </Link>{' '}
                  {t.kind === 'declined' ? (
                    <Text size="sm" span>
                      declined: {reasonInWords(t.reason ?? '')}
                    </Text>
                  ) : (
                    <>
                      <span className="run-state" data-state={t.state}>
                        {stateInWords({ state: t.state ?? 'waiting', reason: t.reason, goal: t.goal })}
                      </span>{' '}
                      <Anchor component={Link} to={`/scenarios/${t.scenario}/runs/${t.runId}`} size="sm" c="var(--accent)">
                        Its way
                      </Anchor>
                    </>
                  )}
                  {t.endedAt ? (
                    <div className="timeline-more">
                      ended <Exact at={t.endedAt} />
                    </div>
                  ) : t.leavesAt ? (
                    <div className="timeline-more">
                      leaves <Exact at={t.leavesAt} withDistance />
                    </div>
                  ) : null}
                </div>
              </li>
            ))}
          </ol>
        </>
      )}
      {list.hasNextPage ? (
        <Button mt="sm" size="xs" variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Load 50 more
        </Button>
      ) : null}
    </PageState>
  );
}

/** Welcome (inside) · Renewal (completed 3 ×) */
function InShort({ items }: { items: readonly TimelineItem[] }) {
  const words = new Map<string, string[]>();
  for (const t of items) {
    const state = t.kind === 'declined' ? 'declined' : t.endedAt === null ? 'inside' : (t.state ?? '');
    words.set(t.title, [...(words.get(t.title) ?? []), state]);
  }
  const said = [...words].map(([title, states]) => {
    const counts = new Map<string, number>();
    for (const s of states) counts.set(s, (counts.get(s) ?? 0) + 1);
    return `${title} (${[...counts].map(([s, n]) => (n === 1 ? s : `${s} ${exact(n)} ×`)).join(', ')})`;
  });
  return (
    <Text size="sm" c="dimmed" mb="sm" className="wrap">
      {said.join(' · ')}
    </Text>
  );
}
