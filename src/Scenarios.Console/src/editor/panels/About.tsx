/** What people say of the scenario. Kept by itself when a field is left; no part of the document, so no part of a version. */
import { MultiSelect, Stack, TagsInput, Text, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { call } from '../../api/client';
import { groups, scenario } from '../../api/queries';
import type { About as AboutData, Scenario } from '../../api/types';
import { noticeOf } from '../../ui/notices';
import { Time } from '../../ui/Time';
import { useEditor, useEditorStore } from '../store';

export function About() {
  const store = useEditorStore();
  const base = useEditor((s) => s.base);
  const isReadOnly = useEditor((s) => s.isReadOnly);
  const client = useQueryClient();
  const [about, setAbout] = useState(base.about);
  const { data: known } = useQuery(groups);
  const save = useMutation({
    mutationFn: async (next: AboutData) => (await call<Scenario>('PATCH', `/scenarios/${base.number}`, { body: { about: next } })).data,
    onSuccess: (saved) => {
      store.getState().set({ base: { ...store.getState().base, about: saved.about, updatedAt: saved.updatedAt } });
      client.setQueryData(scenario(base.number).queryKey, (s: Scenario | undefined) => (s ? { ...s, about: saved.about } : s));
      void client.invalidateQueries({ queryKey: ['scenarios'] });
    },
    onError: noticeOf,
  });
  const keep = (next: AboutData) => {
    setAbout(next);
    if (JSON.stringify(next) !== JSON.stringify(base.about)) save.mutate(next);
  };
  return (
    <Stack gap="md" p="md">
      <Textarea
        label="Description"
        autosize
        minRows={4}
        maxRows={16}
        maxLength={10_000}
        value={about.description}
        disabled={isReadOnly}
        onChange={(e) => setAbout({ ...about, description: e.currentTarget.value })}
        onBlur={() => keep(about)}
        placeholder="What it is for, and whom to ask"
      />
      <TagsInput
        label="Tags"
        value={about.tags}
        disabled={isReadOnly}
        maxTags={100}
        onChange={(tags) => keep({ ...about, tags })}
        placeholder={about.tags.length > 0 ? '' : 'Enter after each'}
      />
      <MultiSelect
        label="Access groups"
        description="Only tokens that share one see the scenario; without any, everybody of the account does."
        data={[...new Set([...(known?.items ?? []), ...about.groups])]}
        value={about.groups}
        disabled={isReadOnly}
        onChange={(chosen) => keep({ ...about, groups: chosen })}
        placeholder={about.groups.length > 0 ? '' : 'Everybody'}
        nothingFoundMessage="No group is in use yet"
      />
      <dl className="facts">
        <Fact name="Number" value={`#${base.number}`} />
        <Fact name="Database" value={base.database} />
        <Fact name="Version" value={String(base.revision)} />
        <Fact name="Created" value={<Time at={base.createdAt} />} />
        <Fact name="Changed" value={<Time at={base.updatedAt} />} />
        {base.activatedAt ? <Fact name="Activated" value={<Time at={base.activatedAt} />} /> : null}
      </dl>
    </Stack>
  );
}

function Fact({ name, value }: { name: string; value: ReactNode }) {
  return (
    <div>
      <Text component="dt" size="sm" c="dimmed">
        {name}
      </Text>
      <Text component="dd" size="sm" m={0}>
        {value}
      </Text>
    </div>
  );
}
