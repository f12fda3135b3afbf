/**
 * Rules as rows in groups (api.md, Rules): a tree that conditions use here, and segments will. It changes nothing that it does
 * not show: a leaf of an unknown kind stays as it is, in words.
 */
import { ActionIcon, Button, Group, Menu, SegmentedControl, Stack, Text, Tooltip } from '@mantine/core';
import { IconCopy, IconPlus, IconTrash } from '@tabler/icons-react';
import { groupOf, newLeaf, type Rule, ruleOf, type Source, sourceOf } from '../doc/rules';
import { Leaf, type LeafProps } from './Leaf';

interface Props extends Omit<LeafProps, 'rule'> {
  value: Rule;
  depth?: number;
}

const deepest = 3;

const sources: Record<Source, string> = {
  field: 'Profile',
  content: 'Content of the capture',
  step: 'Kept answer',
  subscription: 'Subscription',
  scenario: 'Other scenario',
};

export function RulesEditor({ value, onChange, fields, elements, fault, path, isReadOnly, depth = 1 }: Props) {
  const group = groupOf(value);
  const base = `${group.isNot ? `${path}/not` : path}/${group.joint}`;
  const set = (rules: readonly Rule[]) => onChange(ruleOf({ ...group, rules }));
  return (
    <Stack gap="xs">
      {group.rules.length > 1 || depth > 1 || group.isNot ? (
        <Group gap="xs">
          <SegmentedControl
            size="xs"
            aria-label="How the rules join"
            disabled={isReadOnly}
            value={`${group.isNot ? 'not ' : ''}${group.joint}`}
            onChange={(v) => onChange(ruleOf({ joint: v.endsWith('any') ? 'any' : 'all', isNot: v.startsWith('not'), rules: group.rules }))}
            data={[
              { value: 'all', label: 'All hold' },
              { value: 'any', label: 'At least one' },
              { value: 'not any', label: 'None' },
            ]}
          />
        </Group>
      ) : null}
      {group.rules.map((rule, i) => {
        const change = (next: Rule) => set(group.rules.map((r, j) => (j === i ? next : r)));
        const remove = () => set(group.rules.filter((_, j) => j !== i));
        return sourceOf(rule) === 'group' ? (
          <div key={i} className="rule-group">
            <Group justify="space-between" align="flex-start" wrap="nowrap">
              <div className="grow">
                <RulesEditor
                  value={rule}
                  onChange={change}
                  fields={fields}
                  elements={elements}
                  fault={fault}
                  path={`${base}/${i}`}
                  isReadOnly={isReadOnly}
                  depth={depth + 1}
                />
              </div>
              {isReadOnly ? null : <RowButton label="Remove the group" icon={<IconTrash size={16} />} onClick={remove} />}
            </Group>
          </div>
        ) : (
          <Group key={i} gap="xs" wrap="nowrap" align="flex-start" className="rule-row">
            <Leaf rule={rule} onChange={change} fields={fields} elements={elements} fault={fault} path={`${base}/${i}`} isReadOnly={isReadOnly} />
            {isReadOnly ? null : (
              <Group gap={2} wrap="nowrap">
                <RowButton
                  label="Duplicate the rule"
                  icon={<IconCopy size={16} />}
                  onClick={() => set([...group.rules.slice(0, i + 1), rule, ...group.rules.slice(i + 1)])}
                />
                <RowButton label="Remove the rule" icon={<IconTrash size={16} />} onClick={remove} />
              </Group>
            )}
          </Group>
        );
      })}
      {isReadOnly ? null : (
        <Group gap="xs">
          <Menu position="bottom-start">
            <Menu.Target>
              <Button size="xs" variant="default" leftSection={<IconPlus size={14} />}>
                Rule
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {(Object.keys(sources) as Source[]).map((source) => (
                <Menu.Item key={source} onClick={() => set([...group.rules, newLeaf(source, fields)])}>
                  {sources[source]}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
          {depth < deepest ? (
            <Button
              size="xs"
              variant="subtle"
              leftSection={<IconPlus size={14} />}
              onClick={() => set([...group.rules, { any: [newLeaf('field', fields)] }])}
            >
              Group
            </Button>
          ) : null}
          {fault(path) && group.rules.length === 0 ? (
            <Text size="sm" c="var(--bad)">
              {fault(path)}
            </Text>
          ) : null}
        </Group>
      )}
    </Stack>
  );
}

function RowButton({ label, icon, onClick }: { label: string; icon: React.ReactNode; onClick: () => void }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} onClick={onClick}>
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}
