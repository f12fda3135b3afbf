/** Ctrl+K: to a scenario by title or number, or to something that one does. */

import { useMantineColorScheme } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import '@mantine/spotlight/styles.css';
import { openSpotlight, Spotlight, type SpotlightActionData } from '@mantine/spotlight';
import { IconGitFork, IconMoon, IconPlus, IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { scenarios } from '../api/queries';
import { useSession } from './auth';

/** @param times how often it was asked for: each time it opens. */
export function Finder({ times }: { times: number }) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each time
  useEffect(() => openSpotlight(), [times]);
  const [query, setQuery] = useState('');
  const [asked] = useDebouncedValue(query.trim(), 200);
  const navigate = useNavigate();
  const who = useSession();
  const { toggleColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const { data } = useInfiniteQuery({ ...scenarios({ q: asked || undefined }), placeholderData: keepPreviousData });
  const found: SpotlightActionData[] = (data?.pages[0]?.items ?? []).slice(0, 8).map((s) => ({
    id: `s${s.number}`,
    label: s.title,
    description: `#${s.number} · ${s.status === 'inactive' ? 'stopped' : s.status} · ${s.database}`,
    leftSection: <IconGitFork size={20} stroke={1.6} />,
    onClick: () => void navigate({ to: '/scenarios/$number', params: { number: String(s.number) } }),
  }));
  const does: SpotlightActionData[] = [
    ...(who.may('editor')
      ? [
          {
            id: 'create',
            label: 'Create a scenario',
            leftSection: <IconPlus size={20} stroke={1.6} />,
            onClick: () => void navigate({ to: '/scenarios', search: { create: true } }),
          },
        ]
      : []),
    { id: 'theme', label: 'Switch between light and dark', leftSection: <IconMoon size={20} stroke={1.6} />, onClick: toggleColorScheme },
  ];
  const matching = does.filter((d) => d.label?.toLowerCase().includes(query.trim().toLowerCase()));
  // The library marks the first action when one types; what is found comes later, and takes the mark with it.
  useEffect(() => {
    const actions = document.querySelectorAll('[data-action]');
    if (![...actions].some((a) => a.hasAttribute('data-selected'))) actions[0]?.setAttribute('data-selected', 'true');
  });
  return (
    <Spotlight
      actions={[
        { group: 'Scenarios', actions: found },
        { group: 'Do', actions: matching },
      ]}
      query={query}
      onQueryChange={setQuery}
      filter={(_, actions) => actions}
      nothingFound="Nothing found"
      shortcut={null}
      scrollable
      lockScroll={false}
      maxHeight={420}
      searchProps={{ leftSection: <IconSearch size={20} stroke={1.6} />, placeholder: 'Title or number of a scenario', 'aria-label': 'Search' }}
    />
  );
}
