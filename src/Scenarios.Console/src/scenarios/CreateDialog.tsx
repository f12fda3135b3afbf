import { Anchor, Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { isApiError, newKey, post } from '../api/client';
import { databases, scenario } from '../api/queries';
import type { Database, ReentryMode, Scenario } from '../api/types';
import { noticeOf } from '../ui/notices';
import { Window } from '../ui/Window';
import { ReentryChoice } from './ReentryChoice';

export function CreateDialog({ onClose }: { onClose: () => void }) {
  const { data } = useQuery(databases);
  const navigate = useNavigate();
  const client = useQueryClient();
  // One key for as long as the dialog is open: a double click makes one scenario.
  const [key, setKey] = useState(newKey);
  const [newDatabase, setNewDatabase] = useState<string | null>(null);
  const form = useForm({
    initialValues: { title: '', database: '', reentryMode: 'afterExit' as ReentryMode },
    validate: {
      title: (v) => (v.trim() ? null : 'A scenario needs a title.'),
      database: (v) => (v || newDatabase?.trim() ? null : 'A scenario works on one database.'),
    },
  });
  useEffect(() => {
    const first = data?.items[0]?.name;
    if (first && !form.values.database) form.setFieldValue('database', first);
  }, [data, form.values.database, form.setFieldValue]);

  const create = useMutation({
    mutationFn: async (v: typeof form.values) => {
      let name = v.database;
      if (newDatabase !== null) {
        const made = await post<Database>('/databases', { name: newDatabase.trim(), fields: [] }, { key: `${key}-db` });
        await client.invalidateQueries({ queryKey: databases.queryKey });
        name = made.name;
        form.setFieldValue('database', name);
        setNewDatabase(null);
      }
      return post<Scenario>('/scenarios', { title: v.title.trim(), database: name, settings: { reentryMode: v.reentryMode } }, { key });
    },
    onSuccess: (made) => {
      client.setQueryData(scenario(made.number).queryKey, made);
      void client.invalidateQueries({ queryKey: ['scenarios'] });
      void navigate({ to: '/scenarios/$number', params: { number: String(made.number) } });
    },
    onError: (error) => {
      setKey(newKey());
      if (!isApiError(error)) return noticeOf(error);
      const isTaken = error.code === 'nameTaken';
      const at = { title: error.at('/title'), database: error.at('/database') ?? error.at('/name') ?? (isTaken ? error.message : undefined) };
      if (at.title || at.database) form.setErrors(at);
      else noticeOf(error);
    },
  });

  return (
    <Window onClose={onClose} title="New scenario" size={660}>
      <form onSubmit={form.onSubmit((v) => create.mutate(v))} noValidate>
        <Stack gap="lg">
          <TextInput label="Title" withAsterisk maxLength={200} data-autofocus placeholder="Welcome" {...form.getInputProps('title')} />
          {newDatabase === null ? (
            <Stack gap={6}>
              <Select
                label="Database"
                withAsterisk
                data={(data?.items ?? []).map((d) => d.name)}
                searchable={(data?.items.length ?? 0) > 8}
                allowDeselect={false}
                comboboxProps={{ withinPortal: true }}
                {...form.getInputProps('database')}
              />
              <Anchor component="button" type="button" size="sm" onClick={() => setNewDatabase('')} style={{ alignSelf: 'flex-start' }}>
                Make a new database
              </Anchor>
            </Stack>
          ) : (
            <Stack gap={6}>
              <TextInput
                label="New database"
                withAsterisk
                value={newDatabase}
                onChange={(e) => setNewDatabase(e.currentTarget.value)}
                error={form.errors.database}
                placeholder="customers"
              />
              <Anchor component="button" type="button" size="sm" onClick={() => setNewDatabase(null)} style={{ alignSelf: 'flex-start' }}>
                Choose one that there is
              </Anchor>
            </Stack>
          )}
          <ReentryChoice value={form.values.reentryMode} onChange={(mode) => form.setFieldValue('reentryMode', mode)} />
          <Group justify="flex-end" className="window-foot">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending}>
              Create
            </Button>
          </Group>
        </Stack>
      </form>
    </Window>
  );
}
