/** A window over the page, there as long as it is drawn. When it goes, the focus goes back to what it came from, unless somebody took it. */
import { Modal, type ModalProps } from '@mantine/core';
import { useEffect, useState } from 'react';

export function Window(props: Omit<ModalProps, 'opened' | 'returnFocus'>) {
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      setTimeout(() => {
        const isLost = !document.activeElement || document.activeElement === document.body;
        if (isLost && opener instanceof HTMLElement && opener.isConnected) opener.focus();
      }, 0);
    },
    [opener],
  );
  return <Modal opened returnFocus={false} {...props} />;
}
