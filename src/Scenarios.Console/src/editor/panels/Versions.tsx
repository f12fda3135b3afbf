import { Button, Group, Text, UnstyledButton } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { revisions } from '../../api/queries';
import type { Revision } from '../../api/types';
import { changeKinds } from '../../texts';
import { PageState } from '../../ui/PageState';
import { Time } from '../../ui/Time';
import { useEditor } from '../store';

/** added 2, changed 1 */
export function changesInWords(r: Revision): string {
  const counts = new Map<string, number>();
  for (const c of r.changes) counts.set(c.kind, (counts.get(c.kind) ?? 0) + 1);
  const words = [...counts].map(([kind, n]) => `${changeKinds[kind as keyof typeof changeKinds].toLowerCase()} ${n}`);
  return words.length > 0 ? words.join(', ') : 'settings';
}

export function Versions() {
  const number = useEditor((s) => s.base.number);
  const newest = useEditor((s) => s.base.revision);
  const navigate = useNavigate();
  const list = useInfiniteQuery(revisions(number));
  const items = list.data?.pages.flatMap((p) => p.items) ?? [];
  return (
    <PageState isPending={list.isPending} error={list.error} hasData={list.data !== undefined} retry={() => void list.refetch()}>
      <ul className="panel-list">
        {items.map((r) => (
          <li key={r.revision}>
            <UnstyledButton
              className="panel-line"
              onClick={() =>
                void navigate({ to: '/scenarios/$number', params: { number: String(number) }, search: { version: r.revision, panel: 'versions' } })
              }
            >
              <span className="version-number">{r.revision}</span>
              <span className="grow">
                <Text size="sm" fw={600} span display="block">
                  {r.note || changesInWords(r)}
                </Text>
                <Text size="sm" c="dimmed" span display="block">
                  {r.note ? `${changesInWords(r)} · ` : ''}
                  {r.by.replace(/ \([^)]*\)$/, '')}
                </Text>
                <Text size="xs" c="dimmed" span>
                  <Time at={r.at} />
                  {r.revision === newest ? ' · newest' : ''}
                </Text>
              </span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {list.hasNextPage ? (
        <Group p="md">
          <Button size="xs" variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Load more
          </Button>
        </Group>
      ) : null}
    </PageState>
  );
}
