import { Alert, Anchor, Code, CopyButton, Group, Stack, Switch, Text } from '@mantine/core';
import { IconApi } from '@tabler/icons-react';
import { kind } from './kind';
import { next } from './outputs';

interface Settings {
  enabled?: boolean;
}

export const apiCall = kind<Settings>({
  type: 'apiCall',
  category: 'trigger',
  title: 'API call',
  what: 'A call of your system brings a profile in.',
  icon: IconApi,
  isAddable: false,
  defaults: () => ({}),
  outputs: () => [next],
  isOff: (s) => s.enabled === false,
  summary: (s) => (s.enabled === false ? 'switched off' : 'API call'),
  Form: ({ value, onChange, number, isReadOnly }) => {
    const sample = `curl -X POST ${location.origin}/api/v1/scenarios/${number}/captures \\
  -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" \\
  -d '{"profileId": "p-1042", "content": {"order": {"id": 77}}}'`;
    return (
      <Stack gap="lg">
        <Switch
          label="Takes captures"
          description="Switched off, its captures are declined: another trigger is the start then."
          checked={value.enabled !== false}
          disabled={isReadOnly}
          onChange={(e) => onChange(e.currentTarget.checked ? {} : { enabled: false })}
        />
        <Stack gap={6}>
          <Group justify="space-between">
            <Text fw={500} size="sm">
              How to call it
            </Text>
            <CopyButton value={sample}>
              {({ copied, copy }) => (
                <Anchor component="button" type="button" size="sm" onClick={copy}>
                  {copied ? 'Copied' : 'Copy'}
                </Anchor>
              )}
            </CopyButton>
          </Group>
          <Code block className="sample" tabIndex={0}>
            {sample}
          </Code>
          <Alert color="gray" variant="light" p="xs">
            <Text size="sm">
              What the call carries as <Code>content</Code> stands in templates as <Code>{'{{ content.order.id }}'}</Code>.
            </Text>
          </Alert>
        </Stack>
      </Stack>
    );
  },
});
