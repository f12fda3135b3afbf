/** Access groups: a scenario or a database that names some is seen only by tokens that share one. */
import { Stack, Text } from '@mantine/core';
import { IconUsersGroup } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { groups } from '../api/queries';
import { Empty, PageState } from '../ui/PageState';

export function GroupsTab() {
  const found = useQuery(groups);
  const names = found.data?.items ?? [];
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed" maw={720}>
        A scenario or a database that names groups is seen only by tokens that share one of them, and by admins. A group exists as soon as something
        names it: in About of a scenario, in a database, or in a token.
      </Text>
      <PageState isPending={found.isPending} error={found.error} hasData={found.data !== undefined} retry={() => void found.refetch()}>
        {names.length === 0 ? (
          <Empty icon={<IconUsersGroup size={38} stroke={1.4} />}>
            No group is in use: everybody of the account sees everything their role allows.
          </Empty>
        ) : (
          <section className="sheet settings-form" aria-label="Groups in use">
            <ul className="plain-rows">
              {names.map((name) => (
                <li key={name}>
                  <span className="cut" title={name}>
                    {name}
                  </span>
                  <Link to="/scenarios" search={{ group: name }} className="plain-link">
                    its scenarios
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        )}
      </PageState>
    </Stack>
  );
}
