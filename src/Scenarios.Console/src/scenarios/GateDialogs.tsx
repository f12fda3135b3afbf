/** Activate and stop: both say with numbers what will happen, before it does. */
import { Alert, Button, Group, Loader, Radio, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get, isApiError } from '../api/client';
import type { Live, StopMode } from '../api/types';
import { counted, exactTime } from '../app/numbers';
import { stopModes, texts } from '../texts';
import { notice } from '../ui/notices';
import { Window } from '../ui/Window';
import { activationPreview, useActivate, useStop } from './actions';

interface Props {
  number: number;
  title: string;
  onClose: () => void;
  onDone?: () => void;
}

export function ActivateDialog({ number, title, onClose, onDone }: Props) {
  const preview = useQuery({ queryKey: ['activation', number], queryFn: () => activationPreview(number), retry: false, staleTime: 0, gcTime: 0 });
  const activate = useActivate(number);
  const error = preview.error ?? activate.error;
  const { data } = preview;
  return (
    <Window onClose={onClose} title={`Activate “${title}”`} size="md">
      <Stack gap="lg">
        {preview.isPending ? <Loader type="dots" aria-label="Looking" /> : null}
        {data ? (
          <Stack gap={6}>
            <Text>{texts.activate.ready}</Text>
            {data.frozen > 0 ? <Text>{texts.activate.frozen(data.frozen, data.overdue)}</Text> : null}
            {data.lastLeavesAt ? <Text c="dimmed">{texts.activate.last(exactTime(data.lastLeavesAt))}</Text> : null}
          </Stack>
        ) : null}
        {error ? <NotReady error={error} number={number} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            color="teal.9"
            disabled={!data}
            loading={activate.isPending}
            onClick={() =>
              activate.mutate(false, {
                onSuccess: () => {
                  notice(`“${title}” is active.`);
                  onDone?.();
                  onClose();
                },
              })
            }
          >
            Activate
          </Button>
        </Group>
      </Stack>
    </Window>
  );
}

function NotReady({ error }: { error: unknown; number: number }) {
  const errors = isApiError(error) ? error.errors : [];
  return (
    <Alert color="red" title={error instanceof Error ? error.message : String(error)}>
      {errors.length > 0 ? (
        <ul className="plain-list">
          {errors.slice(0, 8).map((e) => (
            <li key={e.path + e.message}>{e.message}</li>
          ))}
          {errors.length > 8 ? <li>{counted(errors.length - 8, 'further problem')}</li> : null}
        </ul>
      ) : null}
    </Alert>
  );
}

export function StopDialog({ number, title, onClose, onDone, freezes }: Props & { freezes?: boolean }) {
  const live = useQuery({ queryKey: ['inside', number], queryFn: () => get<Live>(`/scenarios/${number}/live`), staleTime: 0, refetchInterval: 2000 });
  const [chosen, setChosen] = useState<StopMode>(freezes ? 'freeze' : 'end');
  const stop = useStop(number);
  const inside = live.data?.inside ?? 0;
  return (
    <Window onClose={onClose} title={`Stop “${title}”`} size="md">
      <Stack gap="lg">
        <StopChoice inside={live.data ? inside : undefined} value={chosen} onChange={setChosen} />
        {stop.error ? <Alert color="red">{stop.error.message}</Alert> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button
            color={chosen === 'end' && inside > 0 ? 'red.8' : 'indigo'}
            loading={stop.isPending}
            onClick={() =>
              stop.mutate(chosen, {
                onSuccess: (done) => {
                  notice(
                    `“${title}” ${done.status === 'finishing' ? 'takes nobody new and finishes' : 'is stopped'}${done.frozen > 0 ? `; ${counted(done.frozen, 'profile')} frozen` : done.ended > 0 ? `; ${counted(done.ended, 'profile')} left` : ''}.`,
                  );
                  onDone?.();
                  onClose();
                },
              })
            }
          >
            Stop
          </Button>
        </Group>
      </Stack>
    </Window>
  );
}

/** End, freeze or finish, with the number that each touches. */
export function StopChoice({ inside, value, onChange }: { inside: number | undefined; value: StopMode; onChange: (mode: StopMode) => void }) {
  return (
    <Radio.Group
      label={inside === undefined ? 'What happens to those inside' : `${counted(inside, 'profile')} inside now`}
      value={value}
      onChange={(v) => onChange(v as StopMode)}
    >
      <Stack gap="sm" mt="sm">
        {(Object.keys(stopModes) as StopMode[]).map((mode) => (
          <Radio key={mode} value={mode} label={stopModes[mode].title} description={inside === undefined ? ' ' : stopModes[mode].what(inside)} />
        ))}
      </Stack>
    </Radio.Group>
  );
}

/** What an activation would do to those frozen; nothing where nobody is. */
export function Activation({ number }: { number: number }) {
  const { data } = useQuery({ queryKey: ['activation', number], queryFn: () => activationPreview(number), retry: false, staleTime: 0, gcTime: 0 });
  return data && data.frozen > 0 ? (
    <Alert color="blue" variant="light" p="sm">
      <Text size="sm">{texts.activate.frozen(data.frozen, data.overdue)}</Text>
      {data.lastLeavesAt ? <Text size="sm">{texts.activate.last(exactTime(data.lastLeavesAt))}</Text> : null}
    </Alert>
  ) : null;
}
