import { TextInput } from '@mantine/core';
import { IconFlag } from '@tabler/icons-react';
import { kind } from './kind';

interface Settings {
  goal?: string;
}

export const end = kind<Settings>({
  type: 'end',
  category: 'operator',
  title: 'End',
  what: 'The run is completed here, with a goal if you name one.',
  icon: IconFlag,
  opensWhenAdded: false,
  defaults: () => ({}),
  outputs: () => [],
  summary: (s) => (s.goal ? `goal: ${s.goal}` : 'completed'),
  Form: ({ value, onChange, fault, isReadOnly }) => (
    <TextInput
      label="Goal"
      description="Statistics count how many reached it. May stay empty."
      placeholder="renewed"
      maxLength={200}
      value={value.goal ?? ''}
      error={fault('/goal')}
      disabled={isReadOnly}
      onChange={(e) => onChange(e.currentTarget.value ? { goal: e.currentTarget.value } : {})}
    />
  ),
});
