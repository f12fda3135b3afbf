/** Operator and value of a rule: which value is asked for depends on both field and operator. */
import { Group, Select, TagsInput, TextInput } from '@mantine/core';
import type { FieldType } from '../api/types';
import { operators, operatorsFor, valued } from '../doc/rules';
import { MomentInput } from '../ui/MomentInput';
import { NumberField } from '../ui/NumberField';
import { ValueInput } from '../ui/ValueInput';

interface OperatorAndValueProps {
  op: string;
  value: unknown;
  type: FieldType | null;
  isUntyped?: boolean;
  onChange: (op: string, value: { value?: unknown }) => void;
  fault: (path: string) => string | undefined;
  path: string;
  isReadOnly: boolean;
}

export function OperatorAndValue({ op, value, type, isUntyped, onChange, fault, path, isReadOnly }: OperatorAndValueProps) {
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
