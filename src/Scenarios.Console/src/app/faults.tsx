import { Button, Stack, Title } from '@mantine/core';
import { IconMapOff } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { queryClient } from '../api/queries';
import { Empty, Failure } from '../ui/PageState';

export function NotFound() {
  return (
    <Empty
      icon={<IconMapOff size={40} stroke={1.4} />}
      action={
        <Button component={Link} to="/scenarios" variant="default">
          To the scenarios
        </Button>
      }
    >
      There is no page at this address.
    </Empty>
  );
}

/** A fault of ours while drawing a page: the rest of the console goes on. */
export function PageFault({ error, reset }: { error: unknown; reset?: () => void }) {
  return (
    <Stack p="lg">
      <Title order={1} size="h3">
        This page failed
      </Title>
      <Failure
        error={error}
        retry={() => {
          // What it could not draw is asked for anew.
          void queryClient.resetQueries();
          if (reset) reset();
          else location.reload();
        }}
      />
    </Stack>
  );
}
