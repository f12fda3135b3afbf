/** A scenario as a row: what it is, how many are inside, its week; in the trash, since when. */
import { ActionIcon, Button, Group, Table, Text, UnstyledButton } from '@mantine/core';
import { IconDots, IconPencil, IconUsers } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { MouseEvent } from 'react';
import { week } from '../api/queries';
import type { ScenarioLine } from '../api/types';
import { useSession } from '../app/auth';
import { useInside } from '../app/live';
import { exact } from '../app/numbers';
import { texts } from '../texts';
import { StatusDot } from '../ui/StatusDot';
import { Time } from '../ui/Time';
import { useRestore } from './actions';
import type { ListSearch } from './address';
import type { RowMenuAt } from './RowMenu';
import { Sparkline } from './Sparkline';

interface RowProps {
  s: ScenarioLine;
  open: (s: ScenarioLine) => void;
  openMenu: (at: RowMenuAt) => void;
  set: (change: Partial<ListSearch>) => void;
}

export function Row({ s, open, openMenu, set }: RowProps) {
  const inside = useInside(s.number) ?? s.inside;
  const opensMenu = (e: MouseEvent<HTMLElement>) => {
    e.preventDefault();
    const box = e.currentTarget.getBoundingClientRect();
    const byKey = e.clientX === 0 && e.clientY === 0;
    openMenu({ s, opener: e.currentTarget, x: byKey ? box.left + 240 : e.clientX, y: byKey ? box.bottom : e.clientY });
  };
  return (
    <Table.Tr
      tabIndex={0}
      aria-label={s.title}
      onClick={(e) => {
        if (!(e.target as HTMLElement).closest('a, button')) open(s);
      }}
      onKeyDown={(e) => {
        if (e.target !== e.currentTarget) return;
        if (e.key === 'Enter') open(s);
        if (e.key === 'ContextMenu' || (e.key === 'F10' && e.shiftKey)) {
          e.preventDefault();
          // The menu listens on the document, and would take this very key for a reason to close.
          e.stopPropagation();
          const box = e.currentTarget.getBoundingClientRect();
          openMenu({ s, opener: e.currentTarget, x: box.left + 240, y: box.bottom });
        }
      }}
      onContextMenu={opensMenu}
    >
      <Table.Td w={72} c="dimmed">
        {s.number}
      </Table.Td>
      <Table.Td className="list-main">
        <Group gap={8} wrap="nowrap">
          <Link to="/scenarios/$number" params={{ number: String(s.number) }} className="list-title" tabIndex={-1} title={s.title}>
            {s.title}
          </Link>
          {s.hasDraft ? (
            <span className="draft-mark" title={texts.list.draft}>
              <IconPencil size={13} aria-hidden /> draft
            </span>
          ) : null}
          <Marks s={s} set={set} />
        </Group>
      </Table.Td>
      <Table.Td w={140}>
        <StatusDot status={s.status} frozen={s.status === 'inactive' && inside > 0} />
      </Table.Td>
      <Table.Td w={110} className="number" data-none={inside === 0 || undefined}>
        {exact(inside)}
      </Table.Td>
      <Table.Td w={170} className="wide">
        <Week number={s.number} entered={s.entered} />
      </Table.Td>
      <Table.Td w={130} className="wide">
        <Time at={s.updatedAt} />
      </Table.Td>
      <Table.Td>
        <ActionIcon variant="subtle" color="gray" aria-label={`Menu of ${s.title}`} aria-haspopup="menu" onClick={opensMenu}>
          <IconDots size={18} />
        </ActionIcon>
      </Table.Td>
    </Table.Tr>
  );
}

const marksAtOnce = 2;

/** Tags and access groups; each filters the list. */
function Marks({ s, set }: { s: ScenarioLine; set: RowProps['set'] }) {
  const all = [
    ...s.tags.map((name) => ({ name, change: { tag: name }, label: `Only the tag ${name}`, isGroup: false })),
    ...s.groups.map((name) => ({ name, change: { group: name }, label: `Only the access group ${name}`, isGroup: true })),
  ];
  const rest = all.slice(marksAtOnce);
  return (
    <>
      {all.slice(0, marksAtOnce).map((m) => (
        <UnstyledButton key={m.label} className="tag" onClick={() => set(m.change)} tabIndex={-1} title={m.label}>
          {m.isGroup ? <IconUsers size={13} aria-hidden /> : null}
          <span>{m.name}</span>
        </UnstyledButton>
      ))}
      {rest.length > 0 ? (
        <span className="tag" title={rest.map((m) => m.name).join(', ')}>
          +{rest.length}
        </span>
      ) : null}
    </>
  );
}

function Week({ number, entered }: { number: number; entered: number }) {
  const { data } = useQuery({ ...week(number), enabled: entered > 0 });
  return (
    <Group gap={10} wrap="nowrap">
      <Sparkline values={data?.series.map((p) => p.entered) ?? []} />
      <Text size="sm" c="dimmed" className="number">
        {exact(entered)}
      </Text>
    </Group>
  );
}

export function TrashRow({ s }: { s: ScenarioLine }) {
  const restore = useRestore();
  const who = useSession();
  return (
    <Table.Tr style={{ cursor: 'default' }}>
      <Table.Td w={72} c="dimmed">
        {s.number}
      </Table.Td>
      <Table.Td fw={600}>{s.title}</Table.Td>
      <Table.Td colSpan={3} c="dimmed">
        deleted <Time at={s.deletedAt ?? s.updatedAt} />
      </Table.Td>
      <Table.Td colSpan={2} ta="right">
        {who.may('editor') ? (
          <Button size="xs" variant="default" loading={restore.isPending} onClick={() => restore.mutate(s.number)}>
            Put back
          </Button>
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}
