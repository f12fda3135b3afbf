/** What happens now: who is inside, and today so far. The numbers above the elements add up to the first of them, always. */
import { Group, Text, Tooltip } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { type Totals, useInside, useIsStale, useTotals } from '../../app/live';
import { exact } from '../../app/numbers';
import { toSecond } from '../../app/when';
import { Figure } from './Figure';

export function RealTime({ number }: { number: number }) {
  const inside = useInside(number);
  const totals = useTotals(number);
  const isStale = useIsStale();
  return (
    <div className="stats-live">
      <div className="figures">
        <Figure name="In the scenario now" n={inside ?? 0} />
        {totals ? (
          <>
            <Figure name="Entered today" n={totals.today.entered} />
            <Figure name="Completed today" n={totals.today.completed} tone="good" />
            <Figure name="Left today" n={totals.today.left} />
            <Figure name="Errors today" n={totals.today.errors} tone="bad" title="Runs that failed, and exits by an error output" />
          </>
        ) : null}
      </div>
      <Group gap="md">
        <Group gap={8} wrap="nowrap">
          <span className="pulse" data-stale={isStale || undefined} aria-hidden />
          <Text size="sm" c="dimmed">
            {isStale ? `not fresh${totals ? `: as of ${toSecond(totals.at)}` : ''}` : 'live, every second'}
          </Text>
        </Group>
        {totals ? <AddsUp totals={totals} /> : null}
      </Group>
    </div>
  );
}

function AddsUp({ totals: { inside, ever } }: { totals: Totals }) {
  const holds = ever.entered === inside + ever.completed + ever.failed + ever.left;
  return (
    <Tooltip
      multiline
      maw={380}
      label="Every run that ever entered is inside, completed, failed or left. All of these numbers change in the commit that moves the run."
    >
      <Group gap={6} wrap="nowrap" tabIndex={0} role="note" className="adds-up">
        {holds ? <IconCircleCheck size={18} color="var(--good)" aria-hidden /> : <IconAlertTriangle size={18} color="var(--bad)" aria-hidden />}
        <Text size="sm">
          {exact(ever.entered)} entered {holds ? '=' : '≠'} {exact(inside)} inside + {exact(ever.completed)} completed + {exact(ever.failed)} failed +{' '}
          {exact(ever.left)} left
        </Text>
      </Group>
    </Tooltip>
  );
}
