/** What stands around every page: navigation, search, theme, who is signed in. */
import {
  ActionIcon,
  Avatar,
  Button,
  Group,
  Kbd,
  Menu,
  Text,
  Tooltip,
  UnstyledButton,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import {
  IconApi,
  IconGitFork,
  IconKeyboard,
  IconLogout,
  IconMoon,
  IconProgressCheck,
  IconSearch,
  IconSettings,
  IconSun,
  IconTopologyStar3,
  IconUsers,
} from '@tabler/icons-react';
import { Link, Outlet } from '@tanstack/react-router';
import { Suspense, useState } from 'react';
import { call } from '../api/client';
import { texts } from '../texts';
import { useSession } from './auth';
import { later } from './later';
import markUrl from './mark.svg';

const Finder = later(() => import('./Finder').then((m) => m.Finder));
const Keys = later(() => import('./Keys').then((m) => m.Keys));

/** Each page brings its line here; on a narrow screen the rail stands at the bottom. */
const pages = [
  { to: '/scenarios', title: 'Scenarios', icon: IconGitFork },
  { to: '/profiles', title: 'Profiles', icon: IconUsers },
  { to: '/activity', title: 'Activity', icon: IconProgressCheck },
  { to: '/cluster', title: 'Cluster', icon: IconTopologyStar3 },
  { to: '/settings', title: 'Settings', icon: IconSettings },
] as const;

export function Shell() {
  const who = useSession();
  const [isHelpOpen, setHelp] = useState(false);
  const shown = pages.filter((p) => p.to !== '/cluster' || who.operator);
  const [asked, setAsked] = useState(0);
  const find = () => setAsked((n) => n + 1);
  useHotkeys([
    ['mod+K', find],
    ['shift+?', () => setHelp(true)],
  ]);
  return (
    <div className="shell">
      <a href="#page" className="skip">
        To the page
      </a>
      <header className="shell-head">
        <Link to="/scenarios" className="mark" aria-label={texts.product}>
          <img src={markUrl} alt="" width={26} height={26} />
          <span className="mark-name">{texts.product}</span>
        </Link>
        <Button
          variant="default"
          size="sm"
          className="shell-search"
          leftSection={<IconSearch size={16} />}
          rightSection={<Kbd size="xs">Ctrl K</Kbd>}
          onClick={find}
          aria-label="Search or jump to… Ctrl K"
        >
          <span className="shell-search-text">Search or jump to…</span>
        </Button>
        <Group gap={6} wrap="nowrap">
          <ThemeButton />
          <Who onHelp={() => setHelp(true)} />
        </Group>
      </header>
      <nav className="rail" aria-label="Pages">
        {shown.map((p) => (
          <Link key={p.to} to={p.to} className="rail-link" activeProps={{ 'data-active': true }}>
            <p.icon size={22} stroke={1.6} />
            <span>{p.title}</span>
          </Link>
        ))}
      </nav>
      <main id="page" className="shell-page" tabIndex={-1}>
        <Outlet />
      </main>
      <Suspense>
        {asked > 0 ? <Finder times={asked} /> : null}
        {isHelpOpen ? <Keys onClose={() => setHelp(false)} /> : null}
      </Suspense>
    </div>
  );
}

function ThemeButton() {
  // Without transitions being held back: that would take a style element, which the page's policy forbids.
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const scheme = useComputedColorScheme('light');
  const label = scheme === 'dark' ? 'Light colours' : 'Dark colours';
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}>
        {scheme === 'dark' ? <IconSun size={20} stroke={1.6} /> : <IconMoon size={20} stroke={1.6} />}
      </ActionIcon>
    </Tooltip>
  );
}

function Who({ onHelp }: { onHelp: () => void }) {
  const who = useSession();
  const initials = who.name
    .split(/\s+/)
    .map((word) => word[0] ?? '')
    .join('')
    .slice(0, 2)
    .toUpperCase();
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <UnstyledButton aria-label={`${initials}: signed in as ${who.name}`} className="who">
          <Avatar color="indigo" variant="filled" size={32} radius="xl">
            {initials}
          </Avatar>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div className="who-card">
          <Text fw={600} size="sm" truncate>
            {who.name}
          </Text>
          <Text size="xs" c="dimmed" truncate>
            {who.account} · {who.role}
            {who.operator ? ' · operator of the cluster' : ''}
          </Text>
        </div>
        <Menu.Divider />
        <Menu.Item leftSection={<IconKeyboard size={16} />} onClick={onHelp}>
          Keyboard
        </Menu.Item>
        <Menu.Item leftSection={<IconApi size={16} />} component="a" href="/docs" target="_blank" rel="noreferrer">
          API reference
        </Menu.Item>
        <Menu.Item
          leftSection={<IconLogout size={16} />}
          onClick={async () => {
            await call('DELETE', '/session');
            location.assign('/');
          }}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
