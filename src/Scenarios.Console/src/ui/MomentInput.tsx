/** A date, or an instant typed in this computer's zone and kept in UTC: the browser's own field, which every reader knows. */
import { TextInput } from '@mantine/core';

interface Props {
  label?: string;
  ariaLabel?: string;
  description?: string;
  isDate?: boolean;
  value: string | undefined;
  onChange: (next: string) => void;
  error?: string | undefined;
  isReadOnly?: boolean;
  w?: number;
}

const two = (n: number) => String(n).padStart(2, '0');

function local(iso: string | undefined): string {
  const at = new Date(iso ?? '');
  if (Number.isNaN(at.getTime())) return '';
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

export function MomentInput({ label, ariaLabel, description, isDate, value, onChange, error, isReadOnly, w }: Props) {
  return (
    <TextInput
      type={isDate ? 'date' : 'datetime-local'}
      label={label}
      aria-label={ariaLabel}
      description={description}
      value={isDate ? (value ?? '').slice(0, 10) : local(value)}
      onChange={(e) => {
        const text = e.currentTarget.value;
        const at = new Date(text);
        onChange(text === '' ? '' : isDate ? text : Number.isNaN(at.getTime()) ? '' : at.toISOString());
      }}
      error={error}
      disabled={isReadOnly ?? false}
      w={w ?? 220}
    />
  );
}
