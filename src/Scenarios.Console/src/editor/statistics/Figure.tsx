/** One number with its name; as a button it says what stands behind it. */
import { Popover, Text, UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { exact } from '../../app/numbers';

interface Props {
  name: string;
  n: number;
  tone?: 'good' | 'bad';
  title?: string;
  /** What stands behind it. */
  children?: ReactNode;
}

export function Figure({ name, n, tone, title, children }: Props) {
  const shown = (
    <>
      <span className="figure-name">{name}</span>
      <span className="figure-n" data-tone={n > 0 ? tone : undefined}>
        {exact(n)}
        {children ? <IconChevronRight size={16} aria-hidden /> : null}
      </span>
    </>
  );
  if (!children)
    return (
      <div className="figure" title={title}>
        {shown}
      </div>
    );
  return (
    <Popover position="top-start" shadow="md" width={320} withinPortal trapFocus returnFocus>
      <Popover.Target>
        <UnstyledButton className="figure">{shown}</UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={name}>
        <Text size="sm" fw={600} mb={6}>
          {name}
        </Text>
        {children}
      </Popover.Dropdown>
    </Popover>
  );
}
