/** The form of a profile: new, or one whose contacts and fields change. Only what was touched is sent. */
import { Alert, Button, Group, Input, Modal, Stack, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call, isApiError, newKey } from '../api/client';
import type { Database } from '../api/types';
import { notice } from '../ui/notices';
import { ValueInput } from '../ui/ValueInput';
import { ZoneSelect } from '../ui/ZoneSelect';
import { type Profile, profilePath } from './api';

interface Props {
  db: Database;
  of?: Profile;
  onClose: () => void;
  onDone: (id: string) => void;
}

interface Form {
  email: string;
  phone: string;
  timeZone: string;
  fields: Record<string, unknown>;
}

const empty: Form = { email: '', phone: '', timeZone: '', fields: {} };
const formOf = (p: Profile): Form => ({ email: p.email ?? '', phone: p.phone ?? '', timeZone: p.timeZone ?? '', fields: p.fields });

/** Null clears; what stayed as it was is left out. */
function changesOf(before: Form, after: Form): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const name of ['email', 'phone', 'timeZone'] as const) if (before[name] !== after[name]) body[name] = after[name].trim() || null;
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(after.fields))
    if (JSON.stringify(before.fields[name]) !== JSON.stringify(value)) fields[name] = value === '' ? null : value;
  return Object.keys(fields).length > 0 ? { ...body, fields } : body;
}

export function ProfileWindow({ db, of, onClose, onDone }: Props) {
  const client = useQueryClient();
  const before = of ? formOf(of) : empty;
  const [id, setId] = useState(of?.id ?? '');
  const [form, setForm] = useState<Form>(before);
  const body = changesOf(before, form);
  const save = useMutation({
    mutationFn: async () => (await call<Profile>('PATCH', profilePath(db.name, id), { body, key: newKey() })).data,
    onSuccess: (saved) => {
      client.setQueryData(['profile', db.name, saved.id], saved);
      void client.invalidateQueries({ queryKey: ['profiles', db.name] });
      notice(of ? 'The profile is saved.' : 'The profile was created.');
      onDone(saved.id);
    },
  });
  const fault = isApiError(save.error) ? save.error : null;
  const shown = new Set(['/id', '/email', '/phone', '/timeZone', ...db.fields.map((f) => `/fields/${f.name}`)]);
  const rest = fault?.errors.filter((e) => !shown.has(e.path)).map((e) => e.message) ?? [];
  return (
    <Modal opened onClose={onClose} title={of ? 'Change the profile' : `New profile in “${db.name}”`} size="lg">
      <form
        onSubmit={(e) => {
          e.preventDefault();
          save.mutate();
        }}
      >
        <Stack gap="md">
          {of ? null : (
            <TextInput
              label="Id"
              description="Yours: a customer number, say. It never changes."
              required
              data-autofocus
              maxLength={200}
              value={id}
              onChange={(e) => setId(e.currentTarget.value)}
              error={fault?.at('/id')}
            />
          )}
          <Group grow align="flex-start">
            <TextInput
              label="Email"
              type="email"
              value={form.email}
              onChange={(e) => setForm({ ...form, email: e.currentTarget.value })}
              error={fault?.at('/email')}
            />
            <TextInput
              label="Phone"
              type="tel"
              value={form.phone}
              onChange={(e) => setForm({ ...form, phone: e.currentTarget.value })}
              error={fault?.at('/phone')}
            />
          </Group>
          <ZoneSelect
            isFixed
            value={form.timeZone || null}
            placeholder="The scenario’s"
            onChange={(timeZone) => setForm({ ...form, timeZone })}
            error={fault?.at('/timeZone')}
          />
          {db.fields.map((f) => (
            <Input.Wrapper key={f.name} label={f.name} labelElement="div">
              <Group gap="xs" wrap="nowrap" mt={4}>
                {form.fields[f.name] === undefined || form.fields[f.name] === null ? (
                  <Button
                    size="compact-sm"
                    variant="subtle"
                    onClick={() => setForm({ ...form, fields: { ...form.fields, [f.name]: first(f.type) } })}
                  >
                    Set {f.name}
                  </Button>
                ) : (
                  <>
                    <ValueInput
                      ariaLabel={f.name}
                      type={f.type}
                      value={form.fields[f.name]}
                      onChange={(v) => setForm({ ...form, fields: { ...form.fields, [f.name]: v } })}
                      error={fault?.at(`/fields/${f.name}`)}
                    />
                    <Button
                      size="compact-sm"
                      variant="subtle"
                      color="gray"
                      onClick={() => setForm({ ...form, fields: { ...form.fields, [f.name]: null } })}
                    >
                      Clear
                    </Button>
                  </>
                )}
              </Group>
            </Input.Wrapper>
          ))}
          {save.error && (rest.length > 0 || (fault?.errors.length ?? 0) === 0) ? (
            <Alert color="red">{rest.join(' ') || save.error.message}</Alert>
          ) : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending} disabled={id.trim() === '' || (of !== undefined && Object.keys(body).length === 0)}>
              {of ? 'Save' : 'Create'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

const first = (type: string): unknown => (type === 'number' ? 0 : type === 'boolean' ? true : type === 'list' ? [] : '');
