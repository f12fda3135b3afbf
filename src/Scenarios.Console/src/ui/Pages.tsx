/** A list of the API, page after page: its states, what stands there instead of nothing, and the way to more of it. */
import { Button, Group, Text } from '@mantine/core';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Page } from '../api/types';
import { exact } from '../app/numbers';
import { PageState } from './PageState';

interface Props<T> {
  list: UseInfiniteQueryResult<InfiniteData<Page<T>>>;
  /** Where there is nothing to show. */
  empty: ReactNode;
  /** The foot tells how many there are so far. */
  isCounted?: boolean;
  children: (items: T[]) => ReactNode;
}

export function Pages<T>({ list, empty, isCounted, children }: Props<T>) {
  const items = list.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <PageState isPending={list.isPending} error={list.error} hasData={list.data !== undefined} retry={() => void list.refetch()}>
      {items.length === 0 ? empty : children(items)}
      <Group justify={isCounted ? 'space-between' : 'center'} px={4}>
        {isCounted ? (
          <Text size="sm" c="dimmed" role="status">
            {items.length > 0 ? `${exact(items.length)} shown` : ''}
          </Text>
        ) : null}
        {list.hasNextPage ? (
          <Button variant="default" size="sm" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Load 50 more
          </Button>
        ) : null}
      </Group>
    </PageState>
  );
}
