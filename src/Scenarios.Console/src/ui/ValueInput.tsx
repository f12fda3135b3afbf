/** A value of a field's type. Texts may be Liquid where the server renders them. */
import { Select, TagsInput, TextInput } from '@mantine/core';
import type { FieldType } from '../api/types';
import { MomentInput } from './MomentInput';
import { NumberField } from './NumberField';

interface Props {
  ariaLabel: string;
  type: FieldType;
  value: unknown;
  onChange: (next: unknown) => void;
  error?: string | undefined;
  isReadOnly?: boolean;
  takesTemplate?: boolean;
}

const isTemplate = (value: unknown) => typeof value === 'string' && value.includes('{{');

export function ValueInput({ ariaLabel, type, value, onChange, error, isReadOnly, takesTemplate }: Props) {
  const common = { 'aria-label': ariaLabel, error, disabled: isReadOnly ?? false, flex: 1, miw: 120 };
  const plain = isTemplate(value) ? 'text' : type;
  switch (plain) {
    case 'number':
      return <NumberField {...common} decimals={6} value={typeof value === 'number' ? value : undefined} onChange={(n) => onChange(n ?? 0)} />;
    case 'boolean':
      return (
        <Select
          {...common}
          allowDeselect={false}
          data={[
            { value: 'true', label: 'yes' },
            { value: 'false', label: 'no' },
          ]}
          value={String(value === true)}
          onChange={(v) => onChange(v === 'true')}
        />
      );
    case 'date':
    case 'dateTime':
      return (
        <MomentInput
          ariaLabel={ariaLabel}
          isDate={plain === 'date'}
          value={String(value ?? '')}
          onChange={onChange}
          error={error}
          isReadOnly={isReadOnly ?? false}
        />
      );
    case 'list':
      return <TagsInput {...common} value={Array.isArray(value) ? value.map(String) : []} onChange={onChange} placeholder="Enter after each" />;
    case 'text':
      return (
        <TextInput
          {...common}
          value={String(value ?? '')}
          onChange={(e) => onChange(e.currentTarget.value)}
          placeholder={takesTemplate ? 'Text or {{ content.… }}' : ''}
        />
      );
  }
}
