/** A menu at a point of the screen, open as long as it is drawn. Whoever opened it gives the focus back. */
import { Menu } from '@mantine/core';
import type { ReactNode } from 'react';
import { PointAnchor } from './PointAnchor';

interface Props {
  at: { x: number; y: number };
  label: string;
  width: number;
  onClose: () => void;
  children: ReactNode;
}

export function PointMenu({ at, label, width, onClose, children }: Props) {
  return (
    <Menu opened onChange={(isOpen) => !isOpen && onClose()} position="bottom-start" width={width} returnFocus={false} trapFocus>
      <Menu.Target>
        <PointAnchor x={at.x} y={at.y} />
      </Menu.Target>
      <Menu.Dropdown aria-label={label}>{children}</Menu.Dropdown>
    </Menu>
  );
}
