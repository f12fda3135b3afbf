import { Group, Text } from '@mantine/core';
import type { Status } from '../api/types';

const names: Record<Status, string> = { active: 'Active', inactive: 'Stopped', finishing: 'Finishing' };

/** Filled is on, hollow is off, half is on its way: the word says it too. */
export function StatusDot({ status, frozen }: { status: Status; frozen?: boolean }) {
  return (
    <Group gap={8} wrap="nowrap" className="status">
      <span className="status-dot" data-status={status} aria-hidden />
      <Text size="sm" span>
        {names[status]}
        {frozen ? ', frozen' : ''}
      </Text>
    </Group>
  );
}
