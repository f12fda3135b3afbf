/** What one does with an element, by right click or the menu key: each item also has its own key. */
import { Kbd, Menu } from '@mantine/core';
import { IconCopy, IconCopyPlus, IconPlus, IconSettings, IconTrash, IconVector } from '@tabler/icons-react';
import { elementOf, startId } from '../../doc/model';
import { PointMenu } from '../../ui/PointMenu';
import { duplicate, removeSelected } from '../canvas/keys';
import { canvas } from '../canvas/view';
import { titleOf } from '../elements/registry';
import { openPort } from '../insert';
import { type MenuAt, useEditor, useEditorStore } from '../store';

export function ElementMenu() {
  const at = useEditor((s) => s.menuAt);
  return at ? <Open key={`${at.id} ${at.x} ${at.y}`} at={at} /> : null;
}

function Open({ at }: { at: MenuAt }) {
  const store = useEditorStore();
  const element = useEditor((s) => elementOf(s.history.doc, at.id));
  const isReadOnly = useEditor((s) => s.isReadOnly);
  const many = useEditor((s) => s.selected.size);
  if (!element) return null;
  const port = openPort(store, element);
  const close = () => store.getState().set({ menuAt: null });
  const chosen = () => [...store.getState().selected];
  const item = (label: string, key: string, icon: React.ReactNode, run: () => void, isBad = false) => (
    <Menu.Item
      leftSection={icon}
      rightSection={<Kbd size="xs">{key}</Kbd>}
      {...(isBad ? { color: 'var(--bad)' } : {})}
      onClick={() => {
        close();
        run();
      }}
    >
      {label}
    </Menu.Item>
  );
  return (
    <PointMenu
      at={at}
      label={`Menu of ${titleOf(element)}`}
      width={230}
      onClose={() => {
        close();
        canvas.focus(at.id);
      }}
    >
      {item('Settings', 'Enter', <IconSettings size={16} />, () => store.getState().set({ window: { id: at.id, isNew: false } }))}
      {isReadOnly ? null : (
        <>
          {port
            ? item('Add next…', 'Insert', <IconPlus size={16} />, () => store.getState().set({ insertAt: { x: at.x, y: at.y, port, place: null } }))
            : null}
          {port
            ? item('Link to…', 'L', <IconVector size={16} />, () => {
                store.getState().set({ linking: port });
                canvas.focus(at.id);
              })
            : null}
          {at.id === startId && many < 2 ? null : (
            <>
              <Menu.Divider />
              {item('Copy', 'Ctrl C', <IconCopy size={16} />, () => {
                canvas.focus(at.id);
                // The clipboard takes it only from a copy event, which this makes.
                requestAnimationFrame(() => document.execCommand('copy'));
              })}
              {item('Duplicate', 'Ctrl D', <IconCopyPlus size={16} />, () => duplicate(store, chosen()))}
              <Menu.Divider />
              {item(
                many > 1 ? `Delete ${many} elements` : 'Delete',
                'Del',
                <IconTrash size={16} />,
                () => {
                  removeSelected(store, chosen());
                  canvas.focus(startId);
                },
                true,
              )}
            </>
          )}
        </>
      )}
    </PointMenu>
  );
}
