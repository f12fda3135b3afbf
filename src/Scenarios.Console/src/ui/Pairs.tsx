/** Names with values, as headers: rows that one adds and removes. An empty name is being typed and not kept. */
import { ActionIcon, Button, Group, Input, Stack, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';

interface Props {
  label: string;
  description?: string;
  names: string;
  values: string;
  value: Readonly<Record<string, string>>;
  onChange: (next: Record<string, string>) => void;
  fault: (name: string) => string | undefined;
  isReadOnly?: boolean;
  mono?: boolean;
}

export function Pairs({ label, description, names, values, value, onChange, fault, isReadOnly }: Props) {
  const [rows, setRows] = useState(() => Object.entries(value));
  const set = (next: [string, string][]) => {
    setRows(next);
    onChange(Object.fromEntries(next.filter(([name]) => name.trim() !== '')));
  };
  return (
    <Input.Wrapper label={label} description={description} labelElement="div">
      <Stack gap={6} mt={6}>
        {rows.map(([name, text], i) => (
          <Group key={i} gap="xs" wrap="nowrap" align="flex-start">
            <TextInput
              aria-label={`${names} ${i + 1}`}
              placeholder={names}
              value={name}
              disabled={isReadOnly ?? false}
              error={rows.some(([other], j) => j !== i && other === name && name !== '') ? 'Twice' : fault(name)}
              onChange={(e) => set(rows.map((r, j) => (j === i ? [e.currentTarget.value, r[1]] : r)))}
              flex={2}
            />
            <TextInput
              aria-label={`${values} ${i + 1}`}
              placeholder={values}
              value={text}
              disabled={isReadOnly ?? false}
              onChange={(e) => set(rows.map((r, j) => (j === i ? [r[0], e.currentTarget.value] : r)))}
              flex={3}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={`Remove ${name || `row ${i + 1}`}`}
              disabled={isReadOnly ?? false}
              onClick={() => set(rows.filter((_, j) => j !== i))}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        ))}
        {isReadOnly ? null : (
          <Button
            variant="subtle"
            size="xs"
            leftSection={<IconPlus size={14} />}
            style={{ alignSelf: 'flex-start' }}
            onClick={() => setRows([...rows, ['', '']])}
          >
            Add
          </Button>
        )}
      </Stack>
    </Input.Wrapper>
  );
}
