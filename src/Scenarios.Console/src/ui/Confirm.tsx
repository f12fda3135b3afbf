/** Asks before something that cannot be undone: names the thing and the number it touches; Cancel has the focus. */
import { Button, Group, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { Window } from './Window';

interface Props {
  opened: boolean;
  title: string;
  children: ReactNode;
  confirm: string;
  isDangerous?: boolean;
  isBusy?: boolean;
  isDisabled?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

export function Confirm({ opened, title, children, confirm, isDangerous, isBusy, isDisabled, onConfirm, onClose }: Props) {
  if (!opened) return null;
  return (
    <Window onClose={onClose} title={title} size="md">
      <Stack gap="lg">
        <div>{children}</div>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Cancel
          </Button>
          <Button color={isDangerous ? 'red.8' : 'indigo'} onClick={onConfirm} loading={isBusy ?? false} disabled={isDisabled ?? false}>
            {confirm}
          </Button>
        </Group>
      </Stack>
    </Window>
  );
}
