/** One rule as a row: of the profile, of the content, of a kept answer, of a subscription, of another scenario. */
import { Select, Text, TextInput } from '@mantine/core';
import type { Field, FieldType } from '../api/types';
import type { Element } from '../doc/model';
import { defaultOp, operatorsFor, own, type Rule, rulesInWords, valued } from '../doc/rules';
import { NumberField } from '../ui/NumberField';
import { OperatorAndValue } from './OperatorAndValue';

export interface LeafProps {
  rule: Rule;
  onChange: (next: Rule) => void;
  fields: readonly Field[];
  elements: readonly Element[];
  fault: (path: string) => string | undefined;
  path: string;
  isReadOnly: boolean;
}

export function Leaf(props: LeafProps) {
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
      <OperatorAndValue
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
      <OperatorAndValue
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
