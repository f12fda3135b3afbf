/** What one does with one profile at an element: remove it, let it go on now, let it wait longer. */
import { ActionIcon, Alert, Button, Group, Menu, Modal, Stack, Text, Tooltip } from '@mantine/core';
import { IconClockPlus, IconDots, IconPlayerSkipForward, IconRoute, IconTrash } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { isApiError } from '../../api/client';
import { type RunVerb, type StandingRun, useRunCommand } from '../../runs/api';
import { Confirm } from '../../ui/Confirm';
import { MomentInput } from '../../ui/MomentInput';
import { notice } from '../../ui/notices';

export type RowVerb = RunVerb['action'];

interface Props {
  run: StandingRun;
  number: number;
  /** The scenario is stopped: nothing moves. */
  isStill: boolean;
  onVerb: (verb: RowVerb) => void;
}

const nameOf = (run: StandingRun) => run.name ?? run.profileId;

export function RowActions({ run, number, isStill, onVerb }: Props) {
  const isWaiting = run.state === 'waiting';
  return (
    <Group gap={2} wrap="nowrap" justify="flex-end">
      <Menu position="bottom-end" width={210}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`Menu of ${nameOf(run)}`}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {isWaiting && !isStill ? (
            <Menu.Item leftSection={<IconPlayerSkipForward size={16} />} onClick={() => onVerb('release')}>
              Release now
            </Menu.Item>
          ) : null}
          {isWaiting ? (
            <Menu.Item leftSection={<IconClockPlus size={16} />} onClick={() => onVerb('postpone')}>
              Postpone…
            </Menu.Item>
          ) : null}
          <Menu.Item
            leftSection={<IconRoute size={16} />}
            renderRoot={(props) => <Link to="/scenarios/$number/runs/$run" params={{ number: String(number), run: run.runId }} {...props} />}
          >
            Show its way
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item leftSection={<IconTrash size={16} />} color="red.8" onClick={() => onVerb('remove')}>
            Remove…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Tooltip label="Remove from the scenario">
        <ActionIcon variant="subtle" color="gray" aria-label={`Remove ${nameOf(run)}`} onClick={() => onVerb('remove')}>
          <IconTrash size={18} />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}

interface DialogProps {
  at: { run: StandingRun; verb: RowVerb };
  number: number;
  title: string;
  /** These rows are no longer here. */
  onDone: (ids: string[]) => void;
  onClose: () => void;
}

function Dialog({ at: { run, verb }, number, title, onDone, onClose }: DialogProps) {
  const command = useRunCommand(number);
  const act = (done: RunVerb, said: string) =>
    command.mutate(
      { id: run.runId, verb: done },
      {
        onSuccess: () => {
          notice(said);
          if (done.action !== 'postpone') onDone([run.runId]);
          onClose();
        },
        onError: (e) => {
          if (!isApiError(e) || e.status !== 409 || e.code === 'inactive') return;
          notice(`${nameOf(run)} has already moved on.`);
          onDone([run.runId]);
          onClose();
        },
      },
    );
  if (verb === 'postpone')
    return (
      <Postpone
        run={run}
        isBusy={command.isPending}
        error={command.error}
        onClose={onClose}
        onPostpone={(until) => act({ action: 'postpone', until }, `${nameOf(run)} waits longer.`)}
      />
    );
  const isRemoval = verb === 'remove';
  return (
    <Confirm
      opened
      title={isRemoval ? `Remove ${nameOf(run)}?` : `Release ${nameOf(run)} now?`}
      confirm={isRemoval ? 'Remove' : 'Release now'}
      isDangerous={isRemoval}
      isBusy={command.isPending}
      onClose={onClose}
      onConfirm={() => (isRemoval ? act({ action: 'remove' }, `${nameOf(run)} was removed.`) : act({ action: 'release' }, `${nameOf(run)} went on.`))}
    >
      <Stack gap="sm">
        <Text>
          {isRemoval
            ? `1 profile leaves the scenario from “${title}” and what comes next never happens for it. This cannot be undone: its run is closed.`
            : `1 profile goes on from “${title}” at once, as if its wait had ended.`}
        </Text>
        {command.error ? <Alert color="red">{command.error.message}</Alert> : null}
      </Stack>
    </Confirm>
  );
}

interface PostponeProps {
  run?: StandingRun;
  count?: number;
  isBusy: boolean;
  error: Error | null;
  onPostpone: (until: string) => void;
  onClose: () => void;
}

export function Postpone({ run, count, isBusy, error, onPostpone, onClose }: PostponeProps) {
  const [until, setUntil] = useState(run?.leavesAt ?? '');
  return (
    <Modal opened onClose={onClose} title={run ? `Postpone ${nameOf(run)}` : `Postpone ${count} profiles`} size="md">
      <form
        onSubmit={(e) => {
          e.preventDefault();
          if (until) onPostpone(until);
        }}
      >
        <Stack gap="lg">
          <MomentInput
            label="Waits until"
            description="By this computer’s clock and zone."
            value={until}
            onChange={setUntil}
            error={isApiError(error) ? (error.at('/until') ?? error.message) : error?.message}
            w={260}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={!until} loading={isBusy}>
              Postpone
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

RowActions.Dialog = Dialog;
