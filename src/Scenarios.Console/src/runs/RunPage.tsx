/** One run: the way it went, step by step with the reason at each branch, and the same way painted on the graph. */
import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconDownload } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { account, scenario } from '../api/queries';
import type { Scenario } from '../api/types';
import { useSession } from '../app/auth';
import { Canvas } from '../editor/canvas/Canvas';
import { PathPaint } from '../editor/canvas/paint';
import { canvas } from '../editor/canvas/view';
import { titleOf } from '../editor/elements/registry';
import { RowActions, type RowVerb } from '../editor/standing/RowActions';
import '../editor/editor.css';
import { createEditorStore, EditorProvider } from '../editor/store';
import { Exact } from '../ui/Exact';
import { PageState } from '../ui/PageState';
import { contentUrl, type RunTrail, run } from './api';
import { pathOf } from './path';
import './runs.css';
import { Trail } from './Trail';
import { stateInWords } from './words';

const route = getRouteApi('/scenarios/$number/runs/$run');

export function RunPage() {
  const { number: text, run: id } = route.useParams();
  const number = Number(text);
  const found = useQuery({ ...run(number, id), refetchInterval: (q) => (q.state.data && q.state.data.endedAt === null ? 5000 : false) });
  const whole = useQuery(scenario(number));
  const error = found.error ?? whole.error;
  return (
    <PageState
      isPending={found.isPending || whole.isPending}
      error={error}
      hasData={found.data !== undefined && whole.data !== undefined}
      retry={() => {
        void found.refetch();
        void whole.refetch();
      }}
    >
      {found.data && whole.data ? <Shown run={found.data} scenario={whole.data} /> : null}
    </PageState>
  );
}

function Shown({ run, scenario: s }: { run: RunTrail; scenario: Scenario }) {
  useDocumentTitle(`Run of ${run.profileId} · ${s.title}`);
  const who = useSession();
  const router = useRouter();
  const client = useQueryClient();
  const { data: home } = useQuery(account);
  const zone = typeof s.settings.timeZone === 'string' ? s.settings.timeZone : home?.timeZone;
  const [store] = useState(() => createEditorStore(s, null, true));
  const path = useMemo(() => pathOf(run.trail), [run.trail]);
  const { doc } = store.getState().history;
  const there = useMemo(() => new Map(doc.elements.map((e) => [e.id, e])), [doc]);
  const deleted = useMemo(() => new Map(doc.bin.map((b) => [b.element.id, b.element])), [doc]);
  const nameOf = (id: string) => {
    const element = there.get(id);
    return element ? titleOf(element) : `deleted element ${id}`;
  };
  const [verb, setVerb] = useState<RowVerb | null>(null);
  // The graph comes after the steps, which say the same and are there at once.
  const [isDrawn, setDrawn] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDrawn(true), 0);
    return () => clearTimeout(timer);
  }, []);
  const standing = { ...run, name: null, email: null };
  return (
    <div className="run-page">
      <header className="run-head">
        <Stack gap={4}>
          <Text size="sm" c="dimmed">
            Run in{' '}
            <Link to="/scenarios/$number" params={{ number: String(s.number) }} className="plain-link">
              {s.title}
            </Link>{' '}
            #{s.number}
          </Text>
          <Group gap="md" align="baseline">
            <Title order={1} size="h3" className="run-title">
              {run.profileId}
            </Title>
            <span className="run-state" data-state={run.state}>
              {stateInWords(run)}
            </span>
          </Group>
          <Facts run={run} zone={zone} where={nameOf(run.element)} />
        </Stack>
        <Group gap="xs" className="run-tools">
          {who.may('operator') ? (
            <Button
              variant="default"
              size="sm"
              renderRoot={(props) => <Link to="/profile" search={{ db: s.database, id: run.profileId }} {...props} />}
            >
              Profile
            </Button>
          ) : null}
          {run.hasContent && who.may('operator') ? (
            <Button
              variant="default"
              size="sm"
              component="a"
              href={contentUrl(s.number, run.runId)}
              download={`run-${run.runId}.json`}
              leftSection={<IconDownload size={16} />}
            >
              Content
            </Button>
          ) : null}
          {run.endedAt === null && who.may('operator') ? (
            <>
              {run.state === 'waiting' && s.status !== 'inactive' ? (
                <Button variant="default" size="sm" onClick={() => setVerb('release')}>
                  Release now…
                </Button>
              ) : null}
              <Button variant="default" c="var(--bad)" size="sm" onClick={() => setVerb('remove')}>
                Remove…
              </Button>
            </>
          ) : null}
          <Button variant="subtle" color="gray" size="sm" onClick={() => router.history.back()}>
            Back
          </Button>
        </Group>
      </header>
      <div className="run-split">
        <section className="run-trail" aria-label="Trail">
          <Trail
            trail={run.trail}
            nameOf={nameOf}
            elementOf={(id) => there.get(id) ?? deleted.get(id)}
            has={(id) => there.has(id)}
            zone={zone}
            onShow={(id) => canvas.goTo(id)}
          />
        </section>
        <section className="run-canvas" aria-label="Path">
          {isDrawn ? (
            <EditorProvider value={store}>
              <PathPaint value={path}>
                <Canvas viewKey={`scenarios/view/${s.number}/run`} />
              </PathPaint>
            </EditorProvider>
          ) : null}
        </section>
      </div>
      {verb ? (
        <RowActions.Dialog
          at={{ run: standing, verb }}
          number={s.number}
          title={nameOf(run.element)}
          onDone={() => void client.invalidateQueries({ queryKey: ['run', s.number, run.runId] })}
          onClose={() => setVerb(null)}
        />
      ) : null}
    </div>
  );
}

/** Ended when it ended, and not now. */
function Facts({ run, zone, where }: { run: RunTrail; zone: string | undefined; where: string }) {
  return (
    <Text size="sm" c="dimmed" component="div" className="run-facts">
      <span>
        entered <Exact at={run.enteredAt} zone={zone} />
      </span>
      {run.endedAt ? (
        <span>
          ended <Exact at={run.endedAt} zone={zone} /> at {where}
        </span>
      ) : (
        <span>
          stands at {where}
          {run.leavesAt ? (
            <>
              , leaves <Exact at={run.leavesAt} zone={zone} withDistance />
            </>
          ) : null}
        </span>
      )}
    </Text>
  );
}
