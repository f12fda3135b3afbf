/** Work that outlives its request: how far it is, how fast, who asked for it, what became of it. */
import { Button, Progress, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconProgressCheck } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { isApiError } from '../api/client';
import { useSession } from '../app/auth';
import { exact } from '../app/numbers';
import { Exact } from '../ui/Exact';
import { noticeOf } from '../ui/notices';
import { Empty } from '../ui/PageState';
import { Pages } from '../ui/Pages';
import { type Task, tasks, useCancelTask } from './api';
import './activity.css';

export function ActivityPage() {
  useDocumentTitle('Activity');
  const list = useInfiniteQuery(tasks);
  return (
    <div className="page">
      <Stack gap="md">
        <Title order={1} size="h2">
          Activity
        </Title>
        <Pages
          list={list}
          empty={
            <Empty icon={<IconProgressCheck size={38} stroke={1.4} />}>
              Nothing runs, and nothing ran lately. Actions on many profiles at once and large batches are shown here.
            </Empty>
          }
        >
          {(items) => (
            <ul className="tasks">
              {items.map((t) => (
                <Line key={t.id} task={t} />
              ))}
            </ul>
          )}
        </Pages>
      </Stack>
    </div>
  );
}

const kinds: Record<string, string> = {
  bulk: 'Action on many profiles',
  captures: 'Batch of captures',
  simulate: 'Simulation',
  backtest: 'Backtest',
  launch: 'Launch',
};
const states: Record<Task['state'], string> = { running: 'Running', done: 'Done', failed: 'Failed', cancelled: 'Cancelled' };

function Line({ task: t }: { task: Task }) {
  const who = useSession();
  const cancel = useCancelTask();
  const rate = useRate(t);
  const share = t.total > 0 ? (t.done / t.total) * 100 : t.state === 'done' ? 100 : 0;
  return (
    <li className="task" aria-label={`${kinds[t.kind] ?? t.kind}, ${states[t.state]}`}>
      <div className="task-head">
        <Text fw={600} size="sm">
          {kinds[t.kind] ?? t.kind}
        </Text>
        {t.scenario !== null ? (
          <Link to="/scenarios/$number" params={{ number: String(t.scenario) }} className="plain-link">
            scenario #{t.scenario}
          </Link>
        ) : null}
        <span
          className="run-state"
          data-state={t.state === 'done' ? 'completed' : t.state === 'failed' ? 'failed' : t.state === 'running' ? 'waiting' : 'left'}
        >
          {states[t.state]}
        </span>
        <div className="grow" />
        <Text size="sm" className="number" role={t.state === 'running' ? 'status' : undefined}>
          {exact(t.done)} of {exact(t.total)}
          {rate !== null ? ` · ${exact(rate)} a second` : ''}
        </Text>
        {t.state === 'running' && who.may('operator') ? (
          <Button
            size="compact-sm"
            variant="default"
            loading={cancel.isPending}
            onClick={() => cancel.mutate(t.id, { onError: (e) => (isApiError(e) && e.status === 409 ? undefined : noticeOf(e)) })}
          >
            Cancel
          </Button>
        ) : null}
      </div>
      <Progress value={share} aria-label="Progress" color={t.state === 'failed' ? 'red.8' : t.state === 'cancelled' ? 'gray.6' : 'indigo'} />
      <Text size="xs" c="dimmed" component="div" className="task-more">
        <span>{t.by.replace(/ \([^)]*\)$/, '')}</span>
        <span>
          began <Exact at={t.createdAt} />
        </span>
        {t.endedAt ? (
          <span>
            ended <Exact at={t.endedAt} />
          </span>
        ) : null}
        {t.errors.length > 0 ? <span>{t.errors.length === 1 ? '1 error' : `${exact(t.errors.length)} errors`}</span> : null}
        {resultInWords(t.result).map((words) => (
          <span key={words}>{words}</span>
        ))}
      </Text>
    </li>
  );
}

/** Between two looks. */
function useRate(t: Task): number | null {
  const [look, setLook] = useState(() => ({ done: t.done, at: Date.now(), rate: null as number | null }));
  if (t.done !== look.done) {
    const now = Date.now();
    setLook({ done: t.done, at: now, rate: Math.round(((t.done - look.done) * 1000) / Math.max(1, now - look.at)) });
  }
  return t.state === 'running' ? look.rate : null;
}

/** touched 40 · skipped 2 (not waiting): whatever numbers a result tells. */
function resultInWords(result: unknown): string[] {
  if (typeof result !== 'object' || result === null) return [];
  return Object.entries(result).flatMap(([name, value]) => {
    const said = name.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
    if (typeof value === 'number') return [`${said} ${exact(value)}`];
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return Object.entries(value).flatMap(([why, n]) => (typeof n === 'number' ? [`${said} ${exact(n)}: ${why}`] : []));
    return [];
  });
}
