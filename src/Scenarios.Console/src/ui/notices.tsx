/** Short messages in the corner; with an action they stay for ten seconds. */
import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';

interface Options {
  action?: { label: string; run: () => void };
  isBad?: boolean;
}

export function notice(message: string, { action, isBad }: Options = {}) {
  const id = notifications.show({
    message: (
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm">{message}</Text>
        {action ? (
          <Button
            size="compact-sm"
            variant="light"
            onClick={() => {
              notifications.hide(id);
              action.run();
            }}
          >
            {action.label}
          </Button>
        ) : null}
      </Group>
    ),
    color: isBad ? 'red' : 'indigo',
    autoClose: action || isBad ? 10_000 : 4000,
    withBorder: true,
    closeButtonProps: { 'aria-label': 'Dismiss' },
  });
}

export const noticeOf = (error: unknown) => notice(error instanceof Error ? error.message : String(error), { isBad: true });
