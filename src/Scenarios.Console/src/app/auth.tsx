/** Who is signed in, and what their role allows: buttons that a role may not press are not shown. */
import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { isApiError, post } from '../api/client';
import { session } from '../api/queries';
import type { Role, Session } from '../api/types';
import { texts } from '../texts';
import markUrl from './mark.svg';

const ranks: Record<Role, number> = { viewer: 0, operator: 1, editor: 2, admin: 3 };

export const may = (who: Session, role: Role) => ranks[who.role] >= ranks[role];

/** Only below the shell, where somebody is signed in. */
export function useSession() {
  const { data } = useSuspenseQuery(session);
  return { ...data, may: (role: Role) => may(data, role) };
}

/** @param isOver a session ended under an open page, which stays as it is behind this one. */
export function SignIn({ isOver, onDone }: { isOver: boolean; onDone: () => void }) {
  const [token, setToken] = useState('');
  const client = useQueryClient();
  const signIn = useMutation({
    mutationFn: () => post<Session>('/session', { token: token.trim() }),
    onSuccess: (who) => {
      if (!isOver) client.removeQueries({ predicate: (q) => q.queryKey[0] !== session.queryKey[0] });
      client.setQueryData(session.queryKey, who);
      if (isOver) void client.invalidateQueries();
      onDone();
    },
  });
  const refused = signIn.error
    ? isApiError(signIn.error) && signIn.error.code === 'unknownToken'
      ? texts.signIn.failed
      : signIn.error.message
    : undefined;
  return (
    <Center mih="100dvh" p="md" component="main" className="sign-in">
      <Paper withBorder shadow="md" p="xl" w={420} maw="100%" radius="lg">
        <form
          onSubmit={(e) => {
            e.preventDefault();
            if (token.trim()) signIn.mutate();
          }}
        >
          <Stack gap="lg">
            <Stack gap="sm" align="center">
              <img src={markUrl} alt="" width={44} height={44} />
              <Title order={1} size="h3">
                {texts.product}
              </Title>
            </Stack>
            {isOver ? <Alert color="yellow">{texts.signIn.over}</Alert> : null}
            <PasswordInput
              label={texts.signIn.token}
              value={token}
              onChange={(e) => setToken(e.currentTarget.value)}
              error={refused}
              autoFocus
              autoComplete="current-password"
              size="md"
            />
            <Button type="submit" size="md" loading={signIn.isPending} disabled={token.trim() === ''} fullWidth>
              {texts.signIn.title}
            </Button>
            <Text size="sm" c="dimmed">
              {texts.signIn.help}
            </Text>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
