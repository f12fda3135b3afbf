/** A database: its name, the fields of its profiles, who sees it. New, or one that exists. */
import { ActionIcon, Alert, Button, Group, Input, Modal, MultiSelect, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call, isApiError, newKey, post } from '../api/client';
import { groups } from '../api/queries';
import type { Database, Field, FieldType } from '../api/types';
import { useSession } from '../app/auth';
import { texts } from '../texts';
import { Confirm } from '../ui/Confirm';
import { notice } from '../ui/notices';

const types: { value: FieldType; label: string }[] = [
  { value: 'text', label: 'Text' },
  { value: 'number', label: 'Number' },
  { value: 'boolean', label: 'Yes or no' },
  { value: 'date', label: 'Date' },
  { value: 'dateTime', label: 'Date and time' },
  { value: 'list', label: 'List' },
];

/** A field keeps its name for ever; one that is being added does not have it yet. */
interface Row extends Field {
  isOld: boolean;
}

interface Props {
  of?: Database;
  onClose: () => void;
  /** The name of the database; null when it was deleted. */
  onDone: (name: string | null) => void;
}

export function DatabaseWindow({ of, onClose, onDone }: Props) {
  const who = useSession();
  const client = useQueryClient();
  const isReadOnly = !who.may('editor');
  const [name, setName] = useState(of?.name ?? '');
  const [fields, setFields] = useState<readonly Row[]>(of?.fields.map((f) => ({ ...f, isOld: true })) ?? []);
  const [seenBy, setSeenBy] = useState<string[]>(of?.groups ?? []);
  const [asksDelete, setAsksDelete] = useState(false);
  const { data: known } = useQuery(groups);
  const sent = changesOf(of?.fields ?? [], fields);
  const isChanged = !of || sent.length > 0 || JSON.stringify(seenBy) !== JSON.stringify(of.groups);
  const refresh = () => {
    void client.invalidateQueries({ queryKey: ['databases'] });
    void client.invalidateQueries({ queryKey: ['database'] });
  };
  const save = useMutation({
    mutationFn: async () =>
      of
        ? (await call<Database>('PATCH', pathOf(of), { body: { fields: sent, groups: seenBy }, key: newKey() })).data
        : post<Database>('/databases', { name: name.trim(), fields: sent, groups: seenBy }, { key: newKey() }),
    onSuccess: (saved) => {
      refresh();
      notice(of ? `“${saved.name}” is saved.` : `“${saved.name}” was created.`);
      onDone(saved.name);
    },
  });
  const remove = useMutation({
    mutationFn: () => call('DELETE', pathOf(of ?? { name }), { key: newKey() }),
    onSuccess: () => {
      refresh();
      notice(`“${name}” and its profiles are deleted.`);
      onDone(null);
    },
  });
  const fault = isApiError(save.error) ? save.error : null;
  const pathAt = (i: number) => `/fields/${sent.findIndex((s) => s.name === fields[i]?.name)}/name`;
  // What no field of the form shows.
  const rest = fault?.errors.filter((e) => e.path !== '/name' && !fields.some((_, i) => pathAt(i) === e.path)) ?? [];
  const change = (i: number, next: Partial<Field>) => setFields(fields.map((f, j) => (j === i ? { ...f, ...next } : f)));
  const nameFault = fault?.at('/name') ?? (fault?.code === 'nameTaken' ? fault.message : undefined);
  return (
    <Modal
      opened
      onClose={() => document.querySelectorAll('[role="dialog"]').length > 1 || onClose()}
      size="lg"
      title={of ? `Database “${of.name}”` : 'New database'}
    >
      <form
        onSubmit={(e) => {
          e.preventDefault();
          save.mutate();
        }}
      >
        <Stack gap="lg">
          {of ? null : (
            <TextInput
              label="Name"
              required
              data-autofocus
              maxLength={100}
              value={name}
              onChange={(e) => setName(e.currentTarget.value)}
              error={nameFault}
            />
          )}
          <Input.Wrapper label="Fields" description={texts.profiles.fields} labelElement="div">
            <Stack gap={6} mt={8} className="fields">
              {fields.length === 0 ? (
                <Text size="sm" c="dimmed">
                  No fields yet.
                </Text>
              ) : null}
              {fields.map((f, i) => (
                <Group key={i} gap="xs" wrap="nowrap" align="flex-start">
                  <TextInput
                    aria-label={`Name of field ${i + 1}`}
                    placeholder="name"
                    className="grow"
                    value={f.name}
                    readOnly={isReadOnly || f.isOld}
                    onChange={(e) => change(i, { name: e.currentTarget.value })}
                    error={fields.some((other, j) => j !== i && other.name === f.name && f.name !== '') ? 'Twice' : fault?.at(pathAt(i))}
                  />
                  <Select
                    aria-label={`Type of field ${i + 1}`}
                    data={types}
                    value={f.type}
                    allowDeselect={false}
                    disabled={isReadOnly}
                    onChange={(v) => change(i, { type: v as FieldType })}
                    w={160}
                  />
                  {isReadOnly ? null : (
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      size={36}
                      aria-label={`Remove field ${f.name || i + 1}`}
                      onClick={() => setFields(fields.filter((_, j) => j !== i))}
                    >
                      <IconTrash size={18} />
                    </ActionIcon>
                  )}
                </Group>
              ))}
            </Stack>
            {isReadOnly ? null : (
              <Button
                mt="xs"
                size="compact-sm"
                variant="subtle"
                leftSection={<IconPlus size={16} />}
                onClick={() => setFields([...fields, { name: '', type: 'text', isOld: false }])}
              >
                Add a field
              </Button>
            )}
          </Input.Wrapper>
          {(known?.items.length ?? 0) > 0 || seenBy.length > 0 ? (
            <MultiSelect
              label="Seen by"
              description="Access groups; without any, everybody of the account sees it."
              data={[...new Set([...(known?.items ?? []), ...seenBy])]}
              value={seenBy}
              onChange={setSeenBy}
              disabled={isReadOnly}
              clearable
            />
          ) : null}
          {save.error && !nameFault && (rest.length > 0 || !fault?.errors.length) ? (
            <Alert color="red">{rest.map((e) => e.message).join(' ') || save.error.message}</Alert>
          ) : null}
          <Group justify="space-between">
            {of && !isReadOnly ? (
              <Button variant="subtle" color="gray" c="var(--bad)" onClick={() => setAsksDelete(true)}>
                Delete…
              </Button>
            ) : (
              <span />
            )}
            <Group gap="sm">
              <Button variant="default" onClick={onClose}>
                {isReadOnly ? 'Close' : 'Cancel'}
              </Button>
              {isReadOnly ? null : (
                <Button type="submit" loading={save.isPending} disabled={!isChanged || (!of && name.trim() === '')}>
                  {of ? 'Save' : 'Create'}
                </Button>
              )}
            </Group>
          </Group>
        </Stack>
      </form>
      <Confirm
        opened={asksDelete}
        title={`Delete “${name}”?`}
        confirm="Delete"
        isDangerous
        isBusy={remove.isPending}
        onClose={() => setAsksDelete(false)}
        onConfirm={() => remove.mutate()}
      >
        All of its profiles go with it, for ever. It is refused while a scenario works on it.
        {remove.error ? (
          <Alert color="red" mt="sm">
            {remove.error.message}
          </Alert>
        ) : null}
      </Confirm>
    </Modal>
  );
}

const pathOf = (db: Pick<Database, 'name'>) => `/databases/${encodeURIComponent(db.name)}`;

/** A removed field is sent with the type null, one that stayed as it was is not sent. */
function changesOf(before: readonly Field[], after: readonly Field[]): { name: string; type: FieldType | null }[] {
  const kept = new Map(after.map((f) => [f.name, f.type]));
  return [
    ...before.filter((f) => !kept.has(f.name)).map((f) => ({ name: f.name, type: null })),
    ...after.filter((f) => f.name !== '' && before.find((b) => b.name === f.name)?.type !== f.type).map(({ name, type }) => ({ name, type })),
  ];
}
