import { ActionIcon, Button, Group, Radio, Stack, Text, TextInput } from '@mantine/core';
import { IconArrowsSplit2, IconPlus, IconTrash } from '@tabler/icons-react';
import { NumberField } from '../../ui/NumberField';
import { kind } from './kind';
import { freeLetter, named, outputFault } from './outputs';

interface Share {
  output: string;
  percent: number;
}

interface Settings {
  branches: Share[];
  draw?: 'stable' | 'eachEntry';
}

interface Detail {
  draw?: Settings['draw'];
}

const maxShares = 10;

const sumOf = (shares: readonly Share[]) => Math.round(shares.reduce((sum, s) => sum + s.percent, 0) * 1000) / 1000;

/** Equal parts of 100 with three decimals; the first takes what rounding leaves. */
function evenly(shares: readonly Share[]): Share[] {
  const part = Math.floor(100_000 / shares.length) / 1000;
  const rest = Math.round((100 - part * shares.length) * 1000) / 1000;
  return shares.map((s, i) => ({ ...s, percent: Math.round((part + (i === 0 ? rest : 0)) * 1000) / 1000 }));
}

export const split = kind<Settings, Detail>({
  type: 'split',
  category: 'operator',
  title: 'Split',
  what: 'By chance into parts, as for a test of variants.',
  icon: IconArrowsSplit2,
  defaults: () => ({
    branches: [
      { output: 'A', percent: 50 },
      { output: 'B', percent: 50 },
    ],
  }),
  outputs: (s) => named(s.branches),
  summary: (s) => (s.branches ?? []).map((b) => `${b.output} ${b.percent} %`).join(' · '),
  decision: ({ draw }) =>
    draw === undefined ? undefined : draw === 'stable' ? 'drawn by the profile’s id, the same at each entry' : 'drawn anew for this entry',
  Form: ({ value, onChange, fault, isReadOnly, onRename }) => {
    const shares = value.branches ?? [];
    const sum = sumOf(shares);
    const set = (branches: Share[]) => onChange({ ...value, branches });
    return (
      <Stack gap="lg">
        <Stack gap="xs">
          {shares.map((s, i) => (
            <Group key={i} gap="xs" wrap="nowrap" align="flex-start">
              <TextInput
                flex={1}
                aria-label={`Name of part ${i + 1}`}
                value={s.output}
                maxLength={64}
                disabled={isReadOnly}
                error={
                  outputFault(
                    s.output,
                    shares.map((x) => x.output),
                    i,
                  ) ?? fault(`/branches/${i}/output`)
                }
                onChange={(e) => {
                  const output = e.currentTarget.value;
                  onRename(s.output, output);
                  set(shares.map((x, j) => (j === i ? { ...x, output } : x)));
                }}
              />
              <NumberField
                aria-label={`Percent of ${s.output}`}
                value={s.percent}
                min={0}
                max={100}
                decimals={3}
                unit="%"
                w={120}
                disabled={isReadOnly}
                error={fault(`/branches/${i}/percent`)}
                onChange={(n) => set(shares.map((x, j) => (j === i ? { ...x, percent: n ?? 0 } : x)))}
              />
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                aria-label={`Remove ${s.output}`}
                disabled={isReadOnly || shares.length <= 2}
                onClick={() => set(evenly(shares.filter((_, j) => j !== i)))}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Group>
          ))}
          <div className="share-bar" aria-hidden>
            {shares.map((s, i) => (
              <span key={i} style={{ flexGrow: s.percent, flexBasis: 0 }} />
            ))}
          </div>
          <Group justify="space-between">
            <Text size="sm" c={Math.abs(sum - 100) > 0.01 ? 'var(--bad)' : 'dimmed'} role="status">
              {Math.abs(sum - 100) > 0.01 ? `Together ${sum} %, not 100 %` : 'Together 100 %'}
            </Text>
            {isReadOnly ? null : (
              <Group gap="xs">
                <Button variant="subtle" size="xs" onClick={() => set(evenly(shares))}>
                  Equal parts
                </Button>
                {shares.length < maxShares ? (
                  <Button
                    variant="default"
                    size="xs"
                    leftSection={<IconPlus size={14} />}
                    onClick={() => set(evenly([...shares, { output: freeLetter(shares.map((s) => s.output)), percent: 0 }]))}
                  >
                    Add a part
                  </Button>
                ) : null}
              </Group>
            )}
          </Group>
        </Stack>
        <Radio.Group
          label="A profile that comes again"
          value={value.draw ?? 'stable'}
          onChange={(draw) => onChange({ ...value, draw: draw as 'stable' | 'eachEntry' })}
        >
          <Group mt={8} gap="xl">
            <Radio value="stable" label="Same part as before" disabled={isReadOnly} />
            <Radio value="eachEntry" label="Drawn anew" disabled={isReadOnly} />
          </Group>
        </Radio.Group>
      </Stack>
    );
  },
});
