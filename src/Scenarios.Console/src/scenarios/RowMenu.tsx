/** The menu of a row: one for the whole list, opened by the button, by right click and by key, with the same items. */
import { Menu } from '@mantine/core';
import { IconCopy, IconExternalLink, IconPlayerPlay, IconPlayerStop, IconTrash } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { ScenarioLine } from '../api/types';
import { useSession } from '../app/auth';
import { texts } from '../texts';
import { Confirm } from '../ui/Confirm';
import { PointMenu } from '../ui/PointMenu';
import { useClone, useDelete } from './actions';
import { ActivateDialog, StopDialog } from './GateDialogs';

export interface RowMenuAt {
  s: ScenarioLine;
  /** Gets the focus back. */
  opener: HTMLElement;
  x: number;
  y: number;
}

export function RowMenu({ at, onClose }: { at: RowMenuAt; onClose: () => void }) {
  const { s, opener } = at;
  const who = useSession();
  const navigate = useNavigate();
  const open = (n: number) => void navigate({ to: '/scenarios/$number', params: { number: String(n) } });
  const clone = useClone((copy) => open(copy.number));
  const remove = useDelete();
  const [dialog, setDialog] = useState<'activate' | 'stop' | 'delete' | null>(null);
  const done = () => {
    onClose();
    opener.focus();
  };
  const isOn = s.status !== 'inactive';

  if (dialog === 'activate') return <ActivateDialog number={s.number} title={s.title} onClose={done} />;
  if (dialog === 'stop') return <StopDialog number={s.number} title={s.title} onClose={done} />;
  if (dialog === 'delete')
    return (
      <Confirm
        opened
        title={`Delete “${s.title}”?`}
        confirm="Delete"
        isDangerous
        isBusy={remove.isPending}
        onClose={done}
        onConfirm={() => remove.mutate(s, { onSettled: done })}
      >
        {s.inside > 0 ? `${s.inside} frozen ${s.inside === 1 ? 'profile stays' : 'profiles stay'} with it. ` : ''}It goes to the trash, from which it
        can be put back for 30 days.
      </Confirm>
    );
  return (
    <PointMenu
      at={at}
      label={`Menu of ${s.title}`}
      width={220}
      onClose={() => {
        if (dialog === null) done();
      }}
    >
      <Menu.Item leftSection={<IconExternalLink size={16} />} onClick={() => open(s.number)}>
        Open
      </Menu.Item>
      {who.may('operator') ? (
        isOn ? (
          <Menu.Item closeMenuOnClick={false} leftSection={<IconPlayerStop size={16} />} onClick={() => setDialog('stop')}>
            Stop…
          </Menu.Item>
        ) : (
          <Menu.Item closeMenuOnClick={false} leftSection={<IconPlayerPlay size={16} />} onClick={() => setDialog('activate')}>
            Activate…
          </Menu.Item>
        )
      ) : null}
      {who.may('editor') ? (
        <>
          <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => clone.mutate(s.number)}>
            Clone
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            closeMenuOnClick={false}
            color="var(--bad)"
            leftSection={<IconTrash size={16} />}
            disabled={isOn}
            onClick={() => setDialog('delete')}
          >
            Delete…
            {isOn ? <span className="menu-why">{texts.list.onlyStopped}</span> : null}
          </Menu.Item>
        </>
      ) : null}
    </PointMenu>
  );
}
