/**
 * Rules as rows in groups (api.md, Rules): a tree that conditions use here, and segments will. It changes nothing that it does
 * not show: a leaf of an unknown kind stays as it is, in words.
 */
import { ActionIcon, Button, Group, Menu, SegmentedControl, Select, Stack, TagsInput, Text, TextInput, Tooltip } from '@mantine/core';
import { IconCopy, IconPlus, IconTrash } from '@tabler/icons-react';
import type { Field, FieldType } from '../api/types';
import type { Element } from '../doc/model';
import { emptyValue, groupOf, operators, operatorsFor, type Rule, ruleOf, rulesInWords, type Source, sourceOf } from '../doc/rules';
import { MomentInput } from '../ui/MomentInput';
import { NumberField } from '../ui/NumberField';
import { ValueInput } from '../ui/ValueInput';

interface Props {
  value: Rule;
  onChange: (next: Rule) => void;
  fields: readonly Field[];
  elements: readonly Element[];
  fault: (path: string) => string | undefined;
  path: string;
  isReadOnly: boolean;
  depth?: number;
}

const deepest = 3;

/** What every profile has beside its fields. */
const own: readonly Field[] = ['id', 'email', 'phone', 'timeZone'].map((name) => ({ name, type: 'text' }));

const sources: Record<Source, string> = {
  field: 'Profile',
  content: 'Content of the capture',
  step: 'Kept answer',
  subscription: 'Subscription',
  scenario: 'Other scenario',
};

function newLeaf(source: Source, fields: readonly Field[]): Rule {
  const field = fields[0] ?? own[1];
  switch (source) {
    case 'field':
      return {
        field: field?.name ?? 'email',
        op: defaultOp(field?.type ?? 'text'),
        ...valued(defaultOp(field?.type ?? 'text'), field?.type ?? 'text'),
      };
    case 'content':
      return { content: '', op: 'equal', value: '' };
    case 'step':
      return { step: '', op: 'equal', value: '' };
    case 'subscription':
      return { subscription: { channel: 'email', status: 'subscribed' } };
    case 'scenario':
      return { scenario: { number: 1, is: 'in' } };
  }
}

const defaultOp = (type: FieldType) => (type === 'list' ? 'contains' : type === 'dateTime' ? 'withinNextDays' : 'equal');

const valued = (op: string, type: FieldType | null) => {
  const value = emptyValue(op, type);
  return value === undefined ? {} : { value };
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

interface LeafProps {
  rule: Rule;
  onChange: (next: Rule) => void;
  fields: readonly Field[];
  elements: readonly Element[];
  fault: (path: string) => string | undefined;
  path: string;
  isReadOnly: boolean;
}

function Leaf(props: LeafProps) {
  const { rule } = props;
  if ('field' in rule) return <FieldLeaf {...props} rule={rule} />;
  if ('content' in rule)
    return (
      <PathLeaf
        {...props}
        label="Content"
        placeholder="order.total"
        at={rule.content}
        op={rule.op}
        value={rule.value}
        build={(content, op, value) => ({ content, op, ...value })}
      />
    );
  if ('step' in rule)
    return (
      <PathLeaf
        {...props}
        label="Kept answer"
        placeholder="element.name"
        suggestions={keptIn(props.elements)}
        at={rule.step}
        op={rule.op}
        value={rule.value}
        build={(step, op, value) => ({ step, op, ...value })}
      />
    );
  if ('subscription' in rule) return <SubscriptionLeaf {...props} rule={rule} />;
  if ('scenario' in rule) return <ScenarioLeaf {...props} rule={rule} />;
  return <Text size="sm">{rulesInWords(rule)}</Text>;
}

const keptIn = (elements: readonly Element[]) =>
  elements.flatMap((e) => Object.keys((e.settings.keep as Record<string, string> | undefined) ?? {}).map((name) => `${e.id}.${name}`));

function FieldLeaf({ rule, onChange, fields, fault, path, isReadOnly }: LeafProps & { rule: { field: string; op: string; value?: unknown } }) {
  const known = [...fields, ...own.filter((f) => !fields.some((x) => x.name === f.name))];
  const type = known.find((f) => f.name === rule.field)?.type ?? null;
  const names = known.map((f) => f.name);
  return (
    <>
      <Select
        aria-label="Field"
        data={names.includes(rule.field) ? names : [...names, rule.field]}
        value={rule.field}
        searchable
        allowDeselect={false}
        disabled={isReadOnly}
        error={fault(`${path}/field`)}
        w={170}
        onChange={(field) => {
          if (!field) return;
          const next = known.find((f) => f.name === field)?.type ?? null;
          const op = operatorsFor(next).includes(rule.op) ? rule.op : defaultOp(next ?? 'text');
          onChange({ field, op, ...(next === type && op === rule.op && rule.value !== undefined ? { value: rule.value } : valued(op, next)) });
        }}
      />
      <Comparison
        op={rule.op}
        value={rule.value}
        type={type}
        fault={fault}
        path={path}
        isReadOnly={isReadOnly}
        onChange={(op, value) => onChange({ field: rule.field, op, ...value })}
      />
    </>
  );
}

interface PathLeafProps extends LeafProps {
  label: string;
  placeholder: string;
  suggestions?: string[];
  at: string;
  op: string;
  value: unknown;
  build: (path: string, op: string, value: { value?: unknown }) => Rule;
}

function PathLeaf({ label, placeholder, suggestions, at, op, value, build, onChange, fault, path, isReadOnly }: PathLeafProps) {
  const isNumber = typeof value === 'number';
  const type: FieldType | null = isNumber ? 'number' : typeof value === 'boolean' ? 'boolean' : null;
  const list = `paths-${label}`;
  return (
    <>
      <TextInput
        aria-label={label}
        placeholder={placeholder}
        value={at}
        disabled={isReadOnly}
        error={fault(`${path}/content`) ?? fault(`${path}/step`)}
        w={170}
        {...(suggestions ? { list } : {})}
        onChange={(e) => onChange(build(e.currentTarget.value, op, value === undefined ? {} : { value }))}
      />
      {suggestions ? (
        <datalist id={list}>
          {suggestions.map((s) => (
            <option key={s} value={s} />
          ))}
        </datalist>
      ) : null}
      <Comparison
        op={op}
        value={value}
        type={type}
        isUntyped
        fault={fault}
        path={path}
        isReadOnly={isReadOnly}
        onChange={(nextOp, next) => onChange(build(at, nextOp, next))}
      />
    </>
  );
}

interface ComparisonProps {
  op: string;
  value: unknown;
  type: FieldType | null;
  isUntyped?: boolean;
  onChange: (op: string, value: { value?: unknown }) => void;
  fault: (path: string) => string | undefined;
  path: string;
  isReadOnly: boolean;
}

/** Operator and value: which value is asked for depends on both field and operator. */
function Comparison({ op, value, type, isUntyped, onChange, fault, path, isReadOnly }: ComparisonProps) {
  const offered = operatorsFor(isUntyped ? null : type);
  return (
    <>
      <Select
        aria-label="Comparison"
        data={(offered.includes(op) ? offered : [op, ...offered]).map((o) => ({ value: o, label: operators[o]?.words ?? o }))}
        value={op}
        searchable
        allowDeselect={false}
        disabled={isReadOnly}
        error={fault(`${path}/op`)}
        w={190}
        onChange={(next) => {
          if (!next) return;
          const keeps = operators[next]?.operand === operators[op]?.operand;
          onChange(next, keeps && value !== undefined ? { value } : valued(next, type));
        }}
      />
      <Value
        op={op}
        value={value}
        type={type}
        isUntyped={isUntyped ?? false}
        error={fault(`${path}/value`)}
        isReadOnly={isReadOnly}
        onChange={(v) => onChange(op, { value: v })}
      />
    </>
  );
}

/** In content nobody knows the types: what reads like a number is one. */
const guess = (text: string): unknown => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text === 'true' ? true : text === 'false' ? false : text);

function Value({
  op,
  value,
  type,
  isUntyped,
  onChange,
  error,
  isReadOnly,
}: {
  op: string;
  value: unknown;
  type: FieldType | null;
  isUntyped: boolean;
  onChange: (v: unknown) => void;
  error: string | undefined;
  isReadOnly: boolean;
}) {
  const common = { 'aria-label': 'Value', error, disabled: isReadOnly, flex: 1, miw: 110 };
  switch (operators[op]?.operand) {
    case 'nothing':
      return <div className="grow" />;
    case 'days':
      return (
        <NumberField
          {...common}
          min={0}
          max={36_500}
          unit={value === 1 ? 'day' : 'days'}
          value={typeof value === 'number' ? value : undefined}
          onChange={(n) => onChange(n ?? 0)}
        />
      );
    case 'number':
      return <NumberField {...common} decimals={6} value={typeof value === 'number' ? value : undefined} onChange={(n) => onChange(n ?? 0)} />;
    case 'scalars':
      return (
        <TagsInput
          {...common}
          placeholder="Enter after each"
          value={Array.isArray(value) ? value.map(String) : []}
          onChange={(v) => onChange(type === 'number' || isUntyped ? v.map(guess) : v)}
        />
      );
    case 'moment':
      return (
        <MomentInput
          ariaLabel="Value"
          isDate={type !== 'dateTime'}
          value={String(value ?? '')}
          onChange={onChange}
          error={error}
          isReadOnly={isReadOnly}
        />
      );
    case 'range': {
      const ends = Array.isArray(value) ? value : [];
      const part = (i: 0 | 1, label: string) => (
        <ValueInput
          ariaLabel={label}
          type={type === 'number' || type === 'dateTime' || type === 'date' ? type : typeof ends[i] === 'number' ? 'number' : 'date'}
          value={ends[i]}
          onChange={(v) => onChange(i === 0 ? [v, ends[1]] : [ends[0], v])}
          isReadOnly={isReadOnly}
          error={error}
        />
      );
      return (
        <Group gap={6} wrap="nowrap" flex={1}>
          {part(0, 'From')}
          {part(1, 'To')}
        </Group>
      );
    }
    case 'scalar':
      if (isUntyped) return <TextInput {...common} value={String(value ?? '')} onChange={(e) => onChange(guess(e.currentTarget.value))} />;
      return <ValueInput ariaLabel="Value" type={type ?? 'text'} value={value} onChange={onChange} error={error} isReadOnly={isReadOnly} />;
    default:
      return <TextInput {...common} value={String(value ?? '')} onChange={(e) => onChange(e.currentTarget.value)} />;
  }
}

function SubscriptionLeaf({
  rule,
  onChange,
  fault,
  path,
  isReadOnly,
}: LeafProps & { rule: { subscription: { channel: string; resource?: string; status: string } } }) {
  const s = rule.subscription;
  return (
    <>
      <TextInput
        aria-label="Channel"
        placeholder="email"
        value={s.channel}
        disabled={isReadOnly}
        error={fault(`${path}/subscription/channel`)}
        w={170}
        onChange={(e) => onChange({ subscription: { ...s, channel: e.currentTarget.value } })}
      />
      <TextInput
        aria-label="Resource"
        placeholder="any resource"
        value={s.resource ?? ''}
        disabled={isReadOnly}
        error={fault(`${path}/subscription/resource`)}
        w={190}
        onChange={(e) => {
          const { resource: _, ...rest } = s;
          onChange({ subscription: e.currentTarget.value ? { ...rest, resource: e.currentTarget.value } : rest });
        }}
      />
      <Select
        aria-label="Status"
        data={['subscribed', 'unsubscribed', 'pending']}
        value={s.status}
        allowDeselect={false}
        disabled={isReadOnly}
        flex={1}
        onChange={(status) => status && onChange({ subscription: { ...s, status } })}
      />
    </>
  );
}

function ScenarioLeaf({ rule, onChange, fault, path, isReadOnly }: LeafProps & { rule: { scenario: { number: number; is: string } } }) {
  const s = rule.scenario;
  return (
    <>
      <Select
        aria-label="Relation"
        data={[
          { value: 'in', label: 'is in scenario' },
          { value: 'was', label: 'was in scenario' },
          { value: 'never', label: 'was never in scenario' },
          { value: 'completed', label: 'completed scenario' },
          { value: 'failed', label: 'failed in scenario' },
        ]}
        value={s.is}
        allowDeselect={false}
        disabled={isReadOnly}
        w={200}
        onChange={(is) => is && onChange({ scenario: { ...s, is } })}
      />
      <NumberField
        aria-label="Number of the scenario"
        min={1}
        value={s.number}
        disabled={isReadOnly}
        error={fault(`${path}/scenario/number`)}
        flex={1}
        onChange={(n) => onChange({ scenario: { ...s, number: n || 1 } })}
      />
    </>
  );
}
