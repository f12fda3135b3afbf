import { Anchor, Group, Select, Stack, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconArrowForwardUp } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { scenarios } from '../../api/queries';
import { StatusDot } from '../../ui/StatusDot';
import { type FormProps, kind } from './kind';

interface Settings {
  scenario?: number;
  start?: string;
}

interface Detail {
  scenario: number;
  /** The run that began there; without one, why none did. */
  run?: string;
  reason?: string;
}

export const goto = kind<Settings, Detail>({
  type: 'goto',
  category: 'operator',
  title: 'Go to scenario',
  what: 'Ends here and goes on in another scenario.',
  icon: IconArrowForwardUp,
  defaults: () => ({}),
  outputs: () => [{ name: 'declined', isExit: true }],
  summary: (s) => (s.scenario ? `on to #${s.scenario}` : 'to which scenario?'),
  decision: ({ scenario, run, reason }, say) =>
    run ? `captured in scenario #${scenario}` : `scenario #${scenario}: ${say.reason(reason ?? 'declined')}`,
  Form: GotoForm,
});

function GotoForm({ value, onChange, fault, number, database, isReadOnly }: FormProps<Settings>) {
  const [query, setQuery] = useState('');
  const [asked] = useDebouncedValue(query.startsWith('#') ? '' : query, 200);
  const { data } = useInfiniteQuery({ ...scenarios({ q: asked || undefined }), placeholderData: keepPreviousData });
  const found = (data?.pages[0]?.items ?? []).filter((s) => s.number !== number && s.database === database);
  const chosen = found.find((s) => s.number === value.scenario);
  const options = found.map((s) => ({ value: String(s.number), label: `#${s.number} ${s.title}` }));
  if (value.scenario && !chosen) options.unshift({ value: String(value.scenario), label: `#${value.scenario}` });
  return (
    <Stack gap="sm">
      <Select
        label="Scenario"
        description="On the same database. The run ends here when the other scenario takes the profile; declined, it goes on by “declined”."
        data={options}
        value={value.scenario ? String(value.scenario) : null}
        onChange={(v) => {
          const { scenario: _, ...rest } = value;
          onChange(v ? { ...rest, scenario: Number(v) } : rest);
        }}
        searchable
        onSearchChange={setQuery}
        filter={({ options: all }) => all}
        placeholder="Title or number"
        nothingFoundMessage="No other scenario on this database"
        error={fault('/scenario')}
        disabled={isReadOnly}
      />
      {chosen ? (
        <Group gap="md">
          <StatusDot status={chosen.status} />
          <Anchor size="sm" href={`/scenarios/${chosen.number}`} target="_blank" rel="noreferrer">
            Open it
          </Anchor>
        </Group>
      ) : null}
      {chosen?.status === 'inactive' ? (
        <Text size="sm" c="dimmed">
          While it is stopped it declines every profile.
        </Text>
      ) : null}
    </Stack>
  );
}
