import { ActionIcon, Button, Group, Select, Stack, Text } from '@mantine/core';
import { IconPlus, IconTrash, IconUserEdit } from '@tabler/icons-react';
import type { Field, FieldType } from '../../api/types';
import { later } from '../../app/later';
import { type FormProps, kind } from './kind';
import { error, next } from './outputs';

const ValueInput = later(() => import('../../ui/ValueInput').then((m) => m.ValueInput));

type Operator = 'set' | 'add' | 'remove' | 'increment';

interface Settings {
  set?: Record<string, unknown>;
  add?: Record<string, unknown>;
  remove?: Record<string, unknown>;
  increment?: Record<string, unknown>;
  subscriptions?: unknown[];
}

interface Detail {
  code?: string;
}

interface Change {
  op: Operator;
  field: string;
  value: unknown;
}

const operators: Record<Operator, { words: string; types: readonly FieldType[] }> = {
  set: { words: 'set to', types: ['text', 'number', 'boolean', 'date', 'dateTime', 'list'] },
  increment: { words: 'increase by', types: ['number'] },
  add: { words: 'add', types: ['list'] },
  remove: { words: 'remove', types: ['list'] },
};

const order: readonly Operator[] = ['set', 'add', 'remove', 'increment'];

const changesOf = (s: Settings): Change[] => order.flatMap((op) => Object.entries(s[op] ?? {}).map(([field, value]) => ({ op, field, value })));

function settingsOf(changes: readonly Change[], subscriptions: unknown[] | undefined): Settings {
  const next: Settings = {};
  for (const op of order) {
    const own = changes.filter((c) => c.op === op);
    if (own.length > 0) next[op] = Object.fromEntries(own.map((c) => [c.field, c.value]));
  }
  return subscriptions ? { ...next, subscriptions } : next;
}

const inWords = (c: Change) =>
  c.op === 'set'
    ? c.value === null
      ? `clear ${c.field}`
      : `${c.field} = ${String(c.value)}`
    : c.op === 'increment'
      ? `${c.field} + ${String(c.value)}`
      : `${operators[c.op].words} ${String(c.value)} ${c.op === 'add' ? 'to' : 'from'} ${c.field}`;

const starting = (op: Operator, type: FieldType | undefined): unknown =>
  op === 'increment' ? 1 : op === 'add' || op === 'remove' ? '' : type === 'number' ? 0 : type === 'boolean' ? true : type === 'list' ? [] : '';

export const updateProfile = kind<Settings, Detail>({
  type: 'updateProfile',
  category: 'action',
  title: 'Update profile',
  what: 'Sets, adds to or increases fields of the profile.',
  icon: IconUserEdit,
  defaults: () => ({}),
  outputs: () => [next, error],
  summary: (s) => {
    const changes = changesOf(s);
    const more = s.subscriptions?.length ? ['subscriptions'] : [];
    return changes.length + more.length === 0 ? 'what to change?' : [...changes.map(inWords), ...more].join(', ');
  },
  decision: ({ code }, say) => code && say.reason(code),
  Form: UpdateForm,
});

function UpdateForm({ value, onChange, fault, fields, isReadOnly }: FormProps<Settings>) {
  const changes = changesOf(value);
  const set = (next: Change[]) => onChange(settingsOf(next, value.subscriptions));
  const typeOf = (name: string) => fields.find((f) => f.name === name)?.type;
  const free = (op: Operator, types: readonly FieldType[]) =>
    fields.find((f) => types.includes(f.type) && !changes.some((c) => c.op === op && c.field === f.name));
  const next = order
    .map((op) => ({ op, field: free(op, operators[op].types) }))
    .find((x): x is { op: Operator; field: Field } => x.field !== undefined);
  return (
    <Stack gap="sm">
      {changes.length === 0 ? (
        <Text size="sm" c="dimmed">
          {fields.length === 0 ? 'The database has no fields yet.' : 'Nothing is changed yet.'}
        </Text>
      ) : null}
      {changes.map((c, i) => {
        const type = typeOf(c.field);
        return (
          <Group key={`${c.op}/${c.field}`} gap="xs" wrap="nowrap" align="flex-start">
            <Select
              aria-label={`Field ${i + 1}`}
              data={[
                ...fields.filter((f) => f.name === c.field || !changes.some((x) => x.field === f.name && x.op === c.op)).map((f) => f.name),
                ...(type ? [] : [c.field]),
              ]}
              value={c.field}
              allowDeselect={false}
              searchable
              disabled={isReadOnly}
              error={fault(`/${c.op}/${c.field}`)}
              w={190}
              onChange={(name) => {
                if (!name) return;
                const newType = typeOf(name);
                const op = newType && operators[c.op].types.includes(newType) ? c.op : 'set';
                set(
                  changes.map((x, j) =>
                    j === i ? { op, field: name, value: newType === type && op === c.op ? c.value : starting(op, newType) } : x,
                  ),
                );
              }}
            />
            <Select
              aria-label={`Change ${i + 1}`}
              data={order.filter((op) => !type || operators[op].types.includes(type)).map((op) => ({ value: op, label: operators[op].words }))}
              value={c.op}
              allowDeselect={false}
              disabled={isReadOnly}
              w={130}
              onChange={(op) =>
                op && set(changes.map((x, j) => (j === i ? { op: op as Operator, field: c.field, value: starting(op as Operator, type) } : x)))
              }
            />
            <ValueInput
              ariaLabel={`Value ${i + 1}`}
              type={c.op === 'add' || c.op === 'remove' ? 'text' : (type ?? 'text')}
              value={c.value}
              onChange={(v) => set(changes.map((x, j) => (j === i ? { ...x, value: v } : x)))}
              isReadOnly={isReadOnly}
              takesTemplate={c.op === 'set'}
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={`Remove change ${i + 1}`}
              disabled={isReadOnly}
              onClick={() => set(changes.filter((_, j) => j !== i))}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        );
      })}
      {isReadOnly || !next ? null : (
        <Button
          variant="default"
          size="sm"
          leftSection={<IconPlus size={16} />}
          style={{ alignSelf: 'flex-start' }}
          onClick={() => set([...changes, { op: next.op, field: next.field.name, value: starting(next.op, next.field.type) }])}
        >
          Add a change
        </Button>
      )}
    </Stack>
  );
}
