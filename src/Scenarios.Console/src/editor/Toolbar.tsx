/** The line above the canvas: what it is, what one does, how far it is saved. */
import { ActionIcon, Button, Group, Indicator, Switch, Text, TextInput, Tooltip, UnstyledButton } from '@mantine/core';
import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconArrowForwardUp,
  IconArrowLeft,
  IconHierarchy2,
  IconHistory,
  IconInfoCircle,
  IconSearch,
  IconSettings,
  IconTrash,
} from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { call } from '../api/client';
import { scenario } from '../api/queries';
import type { Scenario } from '../api/types';
import { useSession } from '../app/auth';
import { useInside } from '../app/live';
import { atTime, exact } from '../app/numbers';
import { noticeOf } from '../ui/notices';
import { StatusDot } from '../ui/StatusDot';
import type { PanelName } from './address';
import { tidyUp } from './canvas/keys';
import { useEditor, useEditorStore } from './store';

interface Props {
  panel: PanelName | undefined;
  setPanel: (panel: PanelName | undefined) => void;
  onFind: () => void;
  onSettings: () => void;
  onSave: () => void;
  onConflict: () => void;
  onDiscard: () => void;
  isSaving: boolean;
}

export function Toolbar({ panel, setPanel, onFind, onSettings, onSave, onConflict, onDiscard, isSaving }: Props) {
  const isReadOnly = useEditor((s) => s.isReadOnly);
  const problems = useEditor((s) => s.problems);
  const binned = useEditor((s) => s.history.doc.bin.length);
  const toggle = (name: PanelName) => setPanel(panel === name ? undefined : name);
  const isBad = problems.some((p) => p.severity === 'error');
  return (
    <div className="toolbar" role="toolbar" aria-label="Editor">
      <Tool label="To the list" icon={<IconArrowLeft size={20} stroke={1.7} />} link />
      <Title />
      <div className="toolbar-tools">
        {isReadOnly ? null : <HistoryTools />}
        <Tool label="Find an element (Ctrl F)" icon={<IconSearch size={19} stroke={1.7} />} run={onFind} />
        {isReadOnly ? null : <TidyTool />}
      </div>
      <div className="grow" />
      <DraftStatus onConflict={onConflict} onDiscard={onDiscard} />
      <div className="toolbar-tools">
        <Tooltip label="Problems (F8)">
          <Button
            size="compact-sm"
            variant={panel === 'problems' ? 'light' : 'subtle'}
            color={problems.length === 0 ? 'gray' : isBad ? 'red.8' : 'yellow.9'}
            leftSection={<IconAlertTriangle size={18} stroke={1.7} />}
            aria-expanded={panel === 'problems'}
            aria-label={`Problems: ${problems.length}`}
            onClick={() => toggle('problems')}
            className="problems-button"
            data-n={problems.length > 0 ? (isBad ? 'error' : 'warning') : undefined}
          >
            {problems.length}
          </Button>
        </Tooltip>
        <Tool label="About" icon={<IconInfoCircle size={20} stroke={1.7} />} isOn={panel === 'about'} run={() => toggle('about')} />
        <Tool label="Versions" icon={<IconHistory size={20} stroke={1.7} />} isOn={panel === 'versions'} run={() => toggle('versions')} />
        {isReadOnly ? null : (
          <Indicator disabled={binned === 0} label={binned} size={16} offset={5} color="gray.7" autoContrast>
            <Tool label="Bin" icon={<IconTrash size={20} stroke={1.7} />} isOn={panel === 'bin'} run={() => toggle('bin')} />
          </Indicator>
        )}
        <Tool label="Settings" icon={<IconSettings size={20} stroke={1.7} />} run={onSettings} />
      </div>
      <SaveTools onSave={onSave} isSaving={isSaving} />
    </div>
  );
}

function Tool({
  label,
  icon,
  run,
  isOn,
  isDisabled,
  link,
}: {
  label: string;
  icon: ReactNode;
  run?: () => void;
  isOn?: boolean;
  isDisabled?: boolean;
  link?: boolean;
}) {
  const common = { variant: isOn ? 'light' : 'subtle', color: isOn ? 'indigo' : 'gray', size: 34, 'aria-label': label } as const;
  return (
    <Tooltip label={label}>
      {link ? (
        <ActionIcon {...common} component={Link} to="/scenarios">
          {icon}
        </ActionIcon>
      ) : (
        <ActionIcon
          {...common}
          onClick={run}
          {...(isOn === undefined ? {} : { 'aria-expanded': isOn })}
          {...(isDisabled ? { 'data-disabled': true, 'aria-disabled': true } : {})}
        >
          {icon}
        </ActionIcon>
      )}
    </Tooltip>
  );
}

function Title() {
  const store = useEditorStore();
  const base = useEditor((s) => s.base);
  const who = useSession();
  const client = useQueryClient();
  const inside = useInside(base.number);
  const [edited, setEdited] = useState<string | null>(null);
  const rename = useMutation({
    mutationFn: async (title: string) => (await call<Scenario>('PATCH', `/scenarios/${base.number}`, { body: { title } })).data,
    onSuccess: (saved) => {
      store.getState().set({ base: { ...store.getState().base, title: saved.title } });
      client.setQueryData(scenario(base.number).queryKey, (s: Scenario | undefined) => (s ? { ...s, title: saved.title } : s));
      void client.invalidateQueries({ queryKey: ['scenarios'] });
    },
    onError: noticeOf,
  });
  const done = () => {
    const title = edited?.trim();
    if (title && title !== base.title) rename.mutate(title);
    setEdited(null);
  };
  return (
    <div className="toolbar-title">
      {edited === null ? (
        <Tooltip label={who.may('editor') ? `${base.title} · rename` : base.title}>
          <UnstyledButton className="title-button" disabled={!who.may('editor')} onClick={() => setEdited(base.title)}>
            <Text component="h1" fw={650} fz={15} truncate>
              {base.title}
            </Text>
          </UnstyledButton>
        </Tooltip>
      ) : (
        <TextInput
          size="xs"
          autoFocus
          aria-label="Title"
          maxLength={200}
          value={edited}
          onChange={(e) => setEdited(e.currentTarget.value)}
          onBlur={done}
          onKeyDown={(e) => {
            if (e.key === 'Enter') done();
            if (e.key === 'Escape') setEdited(null);
          }}
        />
      )}
      <Group gap={8} wrap="nowrap" className="title-under">
        <span>#{base.number}</span>
        <StatusDot status={base.status} frozen={base.status === 'inactive' && (inside ?? 0) > 0} />
        {inside !== undefined && inside > 0 ? <span className="number">{exact(inside)} inside</span> : null}
      </Group>
    </div>
  );
}

function HistoryTools() {
  const store = useEditorStore();
  const past = useEditor((s) => s.history.past.at(-1)?.label);
  const future = useEditor((s) => s.history.future[0]?.label);
  return (
    <>
      <Tool
        label={past ? `Undo: ${past} (Ctrl Z)` : 'Nothing to undo'}
        isDisabled={!past}
        icon={<IconArrowBackUp size={20} stroke={1.7} />}
        run={() => store.getState().undo()}
      />
      <Tool
        label={future ? `Redo: ${future} (Ctrl Shift Z)` : 'Nothing to redo'}
        isDisabled={!future}
        icon={<IconArrowForwardUp size={20} stroke={1.7} />}
        run={() => store.getState().redo()}
      />
    </>
  );
}

function TidyTool() {
  const store = useEditorStore();
  const isSome = useEditor((s) => s.selected.size > 1);
  return (
    <Tool
      label={`${isSome ? 'Tidy the selection' : 'Tidy'} (Shift Alt T)`}
      icon={<IconHierarchy2 size={19} stroke={1.7} />}
      run={() => void tidyUp(store)}
    />
  );
}

function DraftStatus({ onConflict, onDiscard }: { onConflict: () => void; onDiscard: () => void }) {
  const draft = useEditor((s) => s.draft);
  const isReadOnly = useEditor((s) => s.isReadOnly);
  const { revision, status } = useEditor((s) => s.base);
  if (isReadOnly) return null;
  const version = `Version ${revision}`;
  const words: Record<typeof draft.kind, string> = {
    published: version,
    changed: 'Changed',
    saving: 'Saving draft…',
    saved: draft.kind === 'saved' ? `Draft saved ${atTime(draft.at)}` : '',
    offline: 'Offline, kept here',
    refused: 'Draft refused',
    conflict: 'Conflict',
  };
  return (
    <Group gap={6} wrap="nowrap" className="draft-status">
      <Text
        size="sm"
        c={draft.kind === 'offline' || draft.kind === 'refused' || draft.kind === 'conflict' ? 'var(--bad)' : 'dimmed'}
        role="status"
        title={draft.kind === 'refused' ? draft.message : undefined}
      >
        {words[draft.kind]}
      </Text>
      {draft.kind === 'published' ? null : (
        <Text size="sm" c="dimmed" className="draft-base">
          · {version.toLowerCase()} {status === 'inactive' ? 'is the newest' : 'is running'}
        </Text>
      )}
      {draft.kind === 'conflict' ? (
        <Button size="compact-sm" variant="default" c="var(--bad)" onClick={onConflict}>
          Look
        </Button>
      ) : null}
      {draft.kind === 'saved' ? (
        <Button size="compact-sm" variant="subtle" color="gray" onClick={onDiscard}>
          Discard
        </Button>
      ) : null}
    </Group>
  );
}

function SaveTools({ onSave, isSaving }: { onSave: () => void; isSaving: boolean }) {
  const store = useEditorStore();
  const who = useSession();
  const isReadOnly = useEditor((s) => s.isReadOnly);
  const status = useEditor((s) => s.base.status);
  const switchTo = useEditor((s) => s.switchTo);
  const isClean = useEditor((s) => s.draft.kind === 'published');
  const isOn = (switchTo ?? (status === 'inactive' ? 'inactive' : 'active')) === 'active';
  if (isReadOnly || !who.may('editor')) return null;
  return (
    <Group gap="sm" wrap="nowrap">
      <Switch
        label="Active"
        color="green.9"
        checked={isOn}
        onChange={(e) => {
          const to = e.currentTarget.checked ? 'active' : 'inactive';
          const is = status === 'inactive' ? 'inactive' : 'active';
          store.getState().set({ switchTo: to === is ? null : to, draft: { kind: 'changed' } });
        }}
      />
      <Tooltip label="Save (Ctrl S)">
        <Button size="sm" onClick={onSave} loading={isSaving} disabled={isClean}>
          {saveLabel(switchTo)}
        </Button>
      </Tooltip>
    </Group>
  );
}

export const saveLabel = (switchTo: 'active' | 'inactive' | null) =>
  switchTo === 'active' ? 'Save and activate' : switchTo === 'inactive' ? 'Save and stop' : 'Save';
