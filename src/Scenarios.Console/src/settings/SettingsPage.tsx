/** The account: its zone and limits, who may call, which groups divide it, who changed what. */
import { Alert, Stack, Tabs, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useSession } from '../app/auth';
import '../profiles/profiles.css';
import { AccountTab } from './AccountTab';
import { AuditTab } from './AuditTab';
import { GroupsTab } from './GroupsTab';
import { TokensTab } from './TokensTab';

const route = getRouteApi('/settings/$tab');

const tabs = [
  { name: 'account', title: 'Account', isForAdmin: false },
  { name: 'tokens', title: 'Tokens', isForAdmin: true },
  { name: 'groups', title: 'Groups', isForAdmin: false },
  { name: 'audit', title: 'Audit', isForAdmin: true },
];

export function SettingsPage() {
  const { tab } = route.useParams();
  const navigate = useNavigate();
  const who = useSession();
  const shown = tabs.filter((t) => !t.isForAdmin || who.may('admin'));
  const isShown = shown.some((t) => t.name === tab);
  useDocumentTitle(`${shown.find((t) => t.name === tab)?.title ?? 'Settings'} · Settings`);
  return (
    <div className="page">
      <Stack gap="md">
        <Title order={1} size="h2">
          Settings
        </Title>
        <Tabs value={isShown ? tab : null} onChange={(to) => void navigate({ to: '/settings/$tab', params: { tab: to ?? 'account' } })}>
          <Tabs.List aria-label="Settings">
            {shown.map((t) => (
              <Tabs.Tab key={t.name} value={t.name}>
                {t.title}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {isShown ? (
            <Tabs.Panel value={tab} pt="lg">
              {tab === 'account' ? <AccountTab /> : null}
              {tab === 'tokens' ? <TokensTab /> : null}
              {tab === 'groups' ? <GroupsTab /> : null}
              {tab === 'audit' ? <AuditTab /> : null}
            </Tabs.Panel>
          ) : null}
        </Tabs>
        {isShown ? null : (
          <Alert color="gray">
            {tabs.some((t) => t.name === tab) ? `Your token has the role ${who.role}: only an admin sees this.` : 'There is no such page.'}
          </Alert>
        )}
      </Stack>
    </div>
  );
}
