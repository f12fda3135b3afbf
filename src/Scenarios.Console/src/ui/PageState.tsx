/** The states of a view that waits for data: every view goes through here, so that all of them fail and wait alike. */
import { Alert, Button, Center, Code, CopyButton, Group, Skeleton, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconLock, IconPlugConnectedX } from '@tabler/icons-react';
import { type ReactNode, useEffect, useState } from 'react';
import { isApiError } from '../api/client';

interface Props {
  isPending: boolean;
  error: unknown;
  retry: () => void;
  /** Data that is already there stays when a refresh fails. */
  hasData: boolean;
  skeleton?: ReactNode;
  children: ReactNode;
}

export function PageState({ isPending, error, retry, hasData, skeleton, children }: Props) {
  if (isPending && !error) return <Late>{skeleton ?? <Rows />}</Late>;
  return (
    <>
      {error ? <Failure error={error} retry={retry} /> : null}
      {hasData ? children : null}
    </>
  );
}

/** Nothing for a moment, so that quick answers do not flicker. */
function Late({ children }: { children: ReactNode }) {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return isLate ? (
    <div aria-busy="true" role="status" aria-label="Loading">
      {children}
    </div>
  ) : null;
}

function Rows() {
  return (
    <Stack gap="xs" p="md">
      {[0, 1, 2, 3, 4, 5].map((i) => (
        <Skeleton key={i} h={36} />
      ))}
    </Stack>
  );
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const api = isApiError(error) ? error : null;
  const icon = api?.status === 403 ? <IconLock /> : api?.status === 0 ? <IconPlugConnectedX /> : <IconAlertTriangle />;
  const title = api?.status === 0 ? 'No connection' : api?.status === 404 ? 'Not found' : api?.status === 403 ? 'No access' : 'That did not work';
  return (
    <Alert color={api?.status === 404 ? 'gray' : 'red'} variant="light" icon={icon} title={title} m="md" role="alert">
      <Stack gap="xs">
        <Text size="sm">{error instanceof Error ? error.message : String(error)}</Text>
        <Group gap="xs">
          {retry ? (
            <Button size="xs" variant="default" onClick={retry}>
              Try again
            </Button>
          ) : null}
          {api?.requestId ? (
            <CopyButton value={api.requestId}>
              {({ copied, copy }) => (
                <Button size="xs" variant="subtle" color="gray" onClick={copy}>
                  {copied ? 'Copied' : 'Request'} <Code ml={6}>{api.requestId}</Code>
                </Button>
              )}
            </CopyButton>
          ) : null}
        </Group>
      </Stack>
    </Alert>
  );
}

export function Empty({ icon, children, action }: { icon?: ReactNode; children: ReactNode; action?: ReactNode }) {
  return (
    <Center py={72} px="md">
      <Stack align="center" gap="md" maw={420}>
        {icon ? <div className="empty-icon">{icon}</div> : null}
        <Text ta="center" c="dimmed">
          {children}
        </Text>
        {action}
      </Stack>
    </Center>
  );
}
