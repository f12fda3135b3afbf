import { ActionIcon, Button, Group, Paper, Stack, Text, TextInput, Tooltip } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconFilterQuestion, IconPlus, IconTrash } from '@tabler/icons-react';
import { later } from '../../app/later';
import { leaves, type Rule, rulesInWords } from '../../doc/rules';
import type { Seen } from '../../runs/api';
import { kind } from './kind';
import { freeName, named, outputFault } from './outputs';

const RulesEditor = later(() => import('../../rules/RulesEditor').then((m) => m.RulesEditor));

interface Branch {
  output: string;
  rules: Rule;
}

interface Settings {
  branches: Branch[];
}

interface Detail {
  seen?: Seen[];
}

const maxBranches = 50;

function summary(s: Settings): string {
  const [first, ...rest] = s.branches;
  if (!first) return 'no branch yet';
  if (leaves(first.rules) === 0) return rest.length === 0 ? 'no rules yet' : `${s.branches.length} branches`;
  return rest.length === 0 ? rulesInWords(first.rules) : `${s.branches.map((b) => b.output).join(', ')}, else`;
}

const words = (s: Settings) => [...s.branches.map((b) => `${b.output} where ${rulesInWords(b.rules)}`), 'else'].join('; ');

export const condition = kind<Settings, Detail>({
  type: 'condition',
  category: 'operator',
  title: 'Condition',
  what: 'Which way, by what is known of the profile.',
  icon: IconFilterQuestion,
  size: 920,
  defaults: () => ({ branches: [{ output: 'yes', rules: { all: [] } }] }),
  outputs: (s) => [...named(s.branches), { name: 'else' }],
  summary: (s) => summary({ branches: s.branches ?? [] }),
  words: (s) => words({ branches: s.branches ?? [] }),
  decision: ({ seen }, say) => (seen ? say.rules(seen) : undefined),
  Form: ({ value, onChange, fault, fields, elements, isReadOnly, onRename }) => {
    const branches = value.branches ?? [];
    const set = (next: Branch[]) => onChange({ branches: next });
    const move = (i: number, by: number) => {
      const next = [...branches];
      const [moved] = next.splice(i, 1);
      if (moved) next.splice(i + by, 0, moved);
      set(next);
    };
    return (
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          Branches are looked at from the first to the last; the first whose rules hold is taken. Who fits none goes on by “else”.
        </Text>
        {branches.map((b, i) => (
          <Paper key={i} withBorder p="sm" radius="md">
            <Stack gap="sm">
              <Group gap="xs" wrap="nowrap" align="flex-start">
                <TextInput
                  flex={1}
                  aria-label={`Name of branch ${i + 1}`}
                  value={b.output}
                  maxLength={64}
                  disabled={isReadOnly}
                  error={
                    outputFault(
                      b.output,
                      branches.map((x) => x.output),
                      i,
                    ) ?? fault(`/branches/${i}/output`)
                  }
                  onChange={(e) => {
                    const output = e.currentTarget.value;
                    onRename(b.output, output);
                    set(branches.map((x, j) => (j === i ? { ...x, output } : x)));
                  }}
                />
                {isReadOnly ? null : (
                  <Group gap={2} wrap="nowrap">
                    <BranchButton
                      label={`Move branch ${b.output} up`}
                      isDisabled={i === 0}
                      onClick={() => move(i, -1)}
                      icon={<IconArrowUp size={16} />}
                    />
                    <BranchButton
                      label={`Move branch ${b.output} down`}
                      isDisabled={i === branches.length - 1}
                      onClick={() => move(i, 1)}
                      icon={<IconArrowDown size={16} />}
                    />
                    <BranchButton
                      label={`Remove branch ${b.output}`}
                      isDisabled={branches.length === 1}
                      onClick={() => set(branches.filter((_, j) => j !== i))}
                      icon={<IconTrash size={16} />}
                    />
                  </Group>
                )}
              </Group>
              <RulesEditor
                value={b.rules}
                onChange={(rules) => set(branches.map((x, j) => (j === i ? { ...x, rules } : x)))}
                fields={fields}
                elements={elements}
                fault={fault}
                path={`/branches/${i}/rules`}
                isReadOnly={isReadOnly}
              />
            </Stack>
          </Paper>
        ))}
        {isReadOnly || branches.length >= maxBranches ? null : (
          <Button
            variant="default"
            leftSection={<IconPlus size={16} />}
            style={{ alignSelf: 'flex-start' }}
            onClick={() =>
              set([
                ...branches,
                {
                  output: freeName(
                    branches.map((b) => b.output),
                    'branch',
                  ),
                  rules: { all: [] },
                },
              ])
            }
          >
            Add a branch
          </Button>
        )}
      </Stack>
    );
  },
});

function BranchButton({ label, isDisabled, onClick, icon }: { label: string; isDisabled: boolean; onClick: () => void; icon: React.ReactNode }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} disabled={isDisabled} onClick={onClick}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}
