/** Who may call, and with what right. A secret is shown once, when it is made. */
import { Alert, Button, Code, CopyButton, Group, Modal, MultiSelect, Select, Stack, Switch, Table, Text, TextInput } from '@mantine/core';
import { IconCopy, IconKey, IconPlus } from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call, isApiError, newKey, post } from '../api/client';
import { databases, groups } from '../api/queries';
import { useSession } from '../app/auth';
import { Confirm } from '../ui/Confirm';
import { Exact } from '../ui/Exact';
import { MomentInput } from '../ui/MomentInput';
import { notice } from '../ui/notices';
import { Empty, PageState } from '../ui/PageState';
import { Scroll } from '../ui/Scroll';
import { Time } from '../ui/Time';
import { type Token, type TokenRole, tokens } from './api';

const roles: { value: TokenRole; label: string; what: string }[] = [
  { value: 'ingest', label: 'Ingest', what: 'sends captures and events, and sees nothing' },
  { value: 'viewer', label: 'Viewer', what: 'sees scenarios, counts, runs and statistics' },
  { value: 'operator', label: 'Operator', what: 'also captures, removes, releases, switches on and off; sees profiles' },
  { value: 'editor', label: 'Editor', what: 'also draws and saves, imports, makes databases' },
  { value: 'admin', label: 'Admin', what: 'also tokens, groups, the account, the audit' },
];

export function TokensTab() {
  const who = useSession();
  const list = useInfiniteQuery(tokens);
  const items = list.data?.pages.flatMap((p) => p.items) ?? [];
  const [isNew, setNew] = useState(false);
  const [revoked, setRevoked] = useState<Token | null>(null);
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          A token is a right to call. Only its fingerprint is kept here.
        </Text>
        <Button leftSection={<IconPlus size={18} />} onClick={() => setNew(true)}>
          New token
        </Button>
      </Group>
      <PageState isPending={list.isPending} error={list.error} hasData={list.data !== undefined} retry={() => void list.refetch()}>
        {items.length === 0 ? (
          <Empty icon={<IconKey size={38} stroke={1.4} />}>No token yet.</Empty>
        ) : (
          <Scroll className="list-sheet" label="Table of tokens">
            <Table className="list" miw={960} horizontalSpacing="md" aria-label="Tokens">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Name</Table.Th>
                  <Table.Th>Role</Table.Th>
                  <Table.Th>Groups</Table.Th>
                  <Table.Th>Created</Table.Th>
                  <Table.Th>Last used</Table.Th>
                  <Table.Th>Expires</Table.Th>
                  <Table.Th w={110}>
                    <span className="visually-hidden">Revoke</span>
                  </Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((t) => (
                  <Table.Tr key={t.id} className="plain-row" aria-label={t.name}>
                    <Table.Td maw={280}>
                      <span className="profile-link-name" title={t.name}>
                        {t.name}
                        {t.id === who.tokenId ? ' (this one)' : ''}
                      </span>
                      <span className="profile-link-more">{t.id}</span>
                    </Table.Td>
                    <Table.Td>
                      {roles.find((r) => r.value === t.role)?.label ?? t.role}
                      {t.operator ? ' · of the cluster' : ''}
                    </Table.Td>
                    <Table.Td maw={220} className="cut" title={t.groups.join(', ')}>
                      {t.groups.length === 0 ? <span className="nothing">all without groups</span> : t.groups.join(', ')}
                    </Table.Td>
                    <Table.Td>
                      <Exact at={t.createdAt} />
                    </Table.Td>
                    <Table.Td>{t.lastUsedAt ? <Time at={t.lastUsedAt} /> : <span className="nothing">not seen</span>}</Table.Td>
                    <Table.Td>{t.expiresAt ? <Exact at={t.expiresAt} /> : <span className="nothing">never</span>}</Table.Td>
                    <Table.Td>
                      {t.id === who.tokenId ? null : (
                        <Button size="compact-sm" variant="subtle" color="gray" c="var(--bad)" onClick={() => setRevoked(t)}>
                          Revoke…
                        </Button>
                      )}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Scroll>
        )}
        {list.hasNextPage ? (
          <Button variant="default" size="sm" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Load more
          </Button>
        ) : null}
      </PageState>
      {isNew ? <NewToken onClose={() => setNew(false)} /> : null}
      {revoked ? <Revoke token={revoked} onClose={() => setRevoked(null)} /> : null}
    </Stack>
  );
}

function Revoke({ token, onClose }: { token: Token; onClose: () => void }) {
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => call('DELETE', `/tokens/${encodeURIComponent(token.id)}`, { key: newKey() }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['tokens'] });
      notice(`“${token.name}” is revoked.`);
      onClose();
    },
  });
  return (
    <Confirm
      opened
      title={`Revoke “${token.name}”?`}
      confirm="Revoke"
      isDangerous
      isBusy={revoke.isPending}
      onClose={onClose}
      onConfirm={() => revoke.mutate()}
    >
      Whoever uses it is refused within five seconds, and its sessions in the console end. This cannot be undone.
      {revoke.error ? (
        <Alert color="red" mt="sm">
          {revoke.error.message}
        </Alert>
      ) : null}
    </Confirm>
  );
}

function NewToken({ onClose }: { onClose: () => void }) {
  const who = useSession();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [role, setRole] = useState<TokenRole>('operator');
  const [seen, setSeen] = useState<string[]>([]);
  const [database, setDatabase] = useState<string | null>(null);
  const [expiresAt, setExpires] = useState('');
  const [ofCluster, setOfCluster] = useState(false);
  const { data: knownGroups } = useQuery(groups);
  const { data: knownDatabases } = useQuery(databases);
  const make = useMutation({
    mutationFn: () =>
      post<Omit<Token, 'lastUsedAt'> & { token: string }>('/tokens', {
        name: name.trim(),
        role,
        ...(seen.length > 0 ? { groups: seen } : {}),
        ...(database ? { database } : {}),
        ...(expiresAt ? { expiresAt } : {}),
        ...(ofCluster ? { operator: true } : {}),
      }),
    onSuccess: () => void client.invalidateQueries({ queryKey: ['tokens'] }),
  });
  const fault = isApiError(make.error) ? make.error : null;
  if (make.data) return <Secret token={make.data} onClose={onClose} />;
  return (
    <Modal opened onClose={onClose} title="New token" size="lg">
      <form
        onSubmit={(e) => {
          e.preventDefault();
          make.mutate();
        }}
      >
        <Stack gap="md">
          <TextInput
            label="Name"
            description="Who or what uses it; the audit names it."
            required
            data-autofocus
            maxLength={100}
            value={name}
            onChange={(e) => setName(e.currentTarget.value)}
            error={fault?.at('/name')}
          />
          <Select
            label="Role"
            description={`It ${roles.find((r) => r.value === role)?.what}.`}
            data={roles.map(({ value, label }) => ({ value, label }))}
            value={role}
            allowDeselect={false}
            onChange={(v) => setRole(v as TokenRole)}
            error={fault?.at('/role')}
          />
          <MultiSelect
            label="Groups"
            description="Sees scenarios and databases of these groups, and those without any."
            data={[...new Set([...(knownGroups?.items ?? []), ...who.groups])]}
            value={seen}
            onChange={setSeen}
            clearable
            error={fault?.at('/groups')}
          />
          <Select
            label="Database of its events"
            description="The database “default” otherwise."
            data={knownDatabases?.items.map((d) => d.name) ?? []}
            value={database}
            onChange={setDatabase}
            clearable
            error={fault?.at('/database')}
          />
          <MomentInput
            label="Expires"
            description="Empty is never."
            value={expiresAt}
            onChange={setExpires}
            error={fault?.at('/expiresAt')}
            w={260}
          />
          {who.operator ? (
            <Switch
              label="Also operates the cluster: tenants, silos, metrics"
              checked={ofCluster}
              onChange={(e) => setOfCluster(e.currentTarget.checked)}
            />
          ) : null}
          {fault && fault.errors.length === 0 ? <Alert color="red">{fault.message}</Alert> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={make.isPending} disabled={name.trim() === ''}>
              Make
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function Secret({ token, onClose }: { token: { name: string; token: string }; onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title={`The token “${token.name}”`} size="lg" closeOnClickOutside={false}>
      <Stack gap="md">
        <Alert color="yellow">Copy it now: it is shown this once, and nobody can read it again.</Alert>
        <Code block className="secret">
          {token.token}
        </Code>
        <Group justify="flex-end">
          <CopyButton value={token.token}>
            {({ copied, copy }) => (
              <Button variant="default" leftSection={<IconCopy size={16} />} onClick={copy} data-autofocus>
                {copied ? 'Copied' : 'Copy'}
              </Button>
            )}
          </CopyButton>
          <Button onClick={onClose}>Done</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
