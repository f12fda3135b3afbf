/** What one does with a selection, or with everybody at the element: one task, whose progress stands here. */
import { Alert, Button, Group, Progress, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { type Task, task, useCancelTask } from '../../activity/api';
import { newKey, post } from '../../api/client';
import { counted, exact } from '../../app/numbers';
import type { RunVerb, StandingRun } from '../../runs/api';
import { Confirm } from '../../ui/Confirm';
import { notice } from '../../ui/notices';
import { Postpone } from './RowActions';

interface Props {
  number: number;
  element: string;
  chosen: readonly StandingRun[];
  /** How many stand here in all; null while a filter narrows what is shown. */
  all: number | null;
  isStill: boolean;
  onDone: () => void;
  onClear: () => void;
}

export function BulkBar({ number, element, chosen, all, isStill, onDone, onClear }: Props) {
  const [isEverybody, setEverybody] = useState(false);
  const [asks, setAsks] = useState<RunVerb['action'] | null>(null);
  const [running, setRunning] = useState<string | null>(null);
  const n = isEverybody && all !== null ? all : chosen.length;
  const begin = useMutation({
    mutationFn: (verb: RunVerb) =>
      post<Task>(
        `/scenarios/${number}/runs:bulk`,
        { select: isEverybody ? { element } : { runIds: chosen.map((r) => r.runId) }, ...verb },
        { key: newKey() },
      ),
    onSuccess: (begun) => {
      setAsks(null);
      setRunning(begun.id);
    },
  });
  if (running) return <Running id={running} onDone={onDone} />;
  const done = { remove: 'Remove', release: 'Release now', postpone: 'Postpone' };
  return (
    <section className="bulk" aria-label="Selection">
      <Text size="sm" fw={600}>
        {counted(n, 'profile')} chosen
      </Text>
      {all !== null && all > chosen.length && !isEverybody ? (
        <Button size="compact-sm" variant="subtle" onClick={() => setEverybody(true)}>
          Choose all {exact(all)} here
        </Button>
      ) : null}
      <div className="grow" />
      <Group gap="xs">
        {isStill ? null : (
          <Button size="compact-sm" variant="default" onClick={() => setAsks('release')}>
            Release now…
          </Button>
        )}
        <Button size="compact-sm" variant="default" onClick={() => setAsks('postpone')}>
          Postpone…
        </Button>
        <Button size="compact-sm" variant="default" c="var(--bad)" onClick={() => setAsks('remove')}>
          Remove…
        </Button>
        <Button size="compact-sm" variant="subtle" color="gray" onClick={onClear}>
          Choose none
        </Button>
      </Group>
      {asks === 'postpone' ? (
        <Postpone
          count={n}
          isBusy={begin.isPending}
          error={begin.error}
          onClose={() => setAsks(null)}
          onPostpone={(until) => begin.mutate({ action: 'postpone', until })}
        />
      ) : null}
      {asks === 'remove' || asks === 'release' ? (
        <Confirm
          opened
          title={`${done[asks]}: ${counted(n, 'profile')}?`}
          confirm={done[asks]}
          isDangerous={asks === 'remove'}
          isBusy={begin.isPending}
          onClose={() => setAsks(null)}
          onConfirm={() => begin.mutate({ action: asks })}
        >
          <Text>
            {asks === 'remove'
              ? `${counted(n, 'profile')} ${n === 1 ? 'leaves' : 'leave'} the scenario, and what comes next never happens for ${n === 1 ? 'it' : 'them'}. This cannot be undone.`
              : `${counted(n, 'profile')} ${n === 1 ? 'goes' : 'go'} on at once, as if the wait had ended.`}
          </Text>
          {begin.error ? (
            <Alert color="red" mt="sm">
              {begin.error.message}
            </Alert>
          ) : null}
        </Confirm>
      ) : null}
    </section>
  );
}

function Running({ id, onDone }: { id: string; onDone: () => void }) {
  const { data } = useQuery(task(id));
  const cancel = useCancelTask();
  const isOver = data !== undefined && data.state !== 'running';
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it is over
  useEffect(() => {
    if (!isOver) return;
    notice(
      data.state === 'done'
        ? `${counted(data.done, 'profile')} dealt with.`
        : `The task is ${data.state}; ${exact(data.done)} of ${exact(data.total)} were dealt with.`,
      { isBad: data.state === 'failed' },
    );
    onDone();
  }, [isOver]);
  const share = data && data.total > 0 ? (data.done / data.total) * 100 : 0;
  return (
    <section className="bulk" aria-label="Task">
      <Text size="sm">{data ? `${exact(data.done)} of ${exact(data.total)}` : 'Beginning'}</Text>
      <Progress value={share} aria-label="Progress of the task" className="grow" />
      <Button size="compact-sm" variant="default" loading={cancel.isPending} onClick={() => cancel.mutate(id)}>
        Cancel
      </Button>
    </section>
  );
}
