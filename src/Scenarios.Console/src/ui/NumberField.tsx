/** A number typed as text, so that one can empty it and type anew; what is no number, or out of range, is not taken. */
import { Text, TextInput } from '@mantine/core';
import { type ReactNode, useEffect, useRef, useState } from 'react';

interface Props {
  label?: string;
  'aria-label'?: string;
  description?: ReactNode;
  value: number | undefined;
  /** Undefined: the field was emptied. */
  onChange: (next: number | undefined) => void;
  min?: number;
  max?: number;
  /** Digits after the point. */
  decimals?: number;
  unit?: string;
  placeholder?: string;
  error?: ReactNode;
  disabled?: boolean;
  w?: number;
  maw?: number;
  miw?: number;
  ml?: number;
  flex?: number;
}

export function NumberField({ value, onChange, min = -1e15, max = 1e15, decimals = 0, unit, ...rest }: Props) {
  const [text, setText] = useState(value === undefined ? '' : String(value));
  const field = useRef<HTMLInputElement>(null);
  // A value from elsewhere is shown; who types has the word, also while the field is empty.
  useEffect(() => {
    if (document.activeElement !== field.current) setText(value === undefined ? '' : String(value));
  }, [value]);

  const change = (typed: string) => {
    const next = typed.replace(',', '.').trim();
    if (!new RegExp(`^-?\\d*${decimals > 0 ? `(\\.\\d{0,${decimals}})?` : ''}$`).test(next)) return;
    setText(next);
    const number = read(next);
    if (number === undefined || (number >= min && number <= max)) onChange(number);
  };
  const step = (by: number) => {
    const next = Math.min(max, Math.max(min, (value ?? 0) + by));
    setText(String(next));
    onChange(next);
  };
  return (
    <TextInput
      {...rest}
      ref={field}
      inputMode={decimals > 0 ? 'decimal' : 'numeric'}
      value={text}
      onChange={(e) => change(e.currentTarget.value)}
      onBlur={() => setText(value === undefined ? '' : String(value))}
      onKeyDown={(e) => {
        if (e.key !== 'ArrowUp' && e.key !== 'ArrowDown') return;
        e.preventDefault();
        step(e.key === 'ArrowUp' ? 1 : -1);
      }}
      {...(unit
        ? {
            rightSection: (
              <Text size="sm" c="dimmed" aria-hidden>
                {unit}
              </Text>
            ),
            rightSectionWidth: 14 + 9 * unit.length,
            rightSectionPointerEvents: 'none' as const,
          }
        : {})}
    />
  );
}

function read(text: string): number | undefined {
  const number = text === '' || text === '-' ? Number.NaN : Number(text);
  return Number.isNaN(number) ? undefined : number;
}
