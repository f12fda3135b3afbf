/** A length of time in days, hours, minutes and seconds. */
import { Group, Input, NumberInput } from '@mantine/core';
import { type Duration, units } from '../doc/time';

interface Props {
  label: string;
  description?: string;
  value: Duration | undefined;
  onChange: (next: Duration) => void;
  error?: string | undefined;
  isReadOnly?: boolean;
}

export function DurationInput({ label, description, value, onChange, error, isReadOnly }: Props) {
  return (
    <Input.Wrapper label={label} description={description} error={error} labelElement="div">
      <Group gap="xs" mt={6} wrap="nowrap" role="group" aria-label={label}>
        {units.map((unit) => (
          <NumberInput
            key={unit}
            aria-label={`${label}: ${unit}`}
            value={value?.[unit] ?? ''}
            onChange={(n) => {
              const { [unit]: _, ...rest } = value ?? {};
              onChange(typeof n === 'number' && n > 0 ? { ...rest, [unit]: Math.trunc(n) } : rest);
            }}
            min={0}
            max={100_000}
            allowDecimal={false}
            allowNegative={false}
            placeholder="0"
            suffix={` ${unit === 'minutes' ? 'min' : unit === 'seconds' ? 's' : unit === 'hours' ? 'h' : 'd'}`}
            hideControls
            error={Boolean(error)}
            disabled={isReadOnly ?? false}
            w={104}
          />
        ))}
      </Group>
    </Input.Wrapper>
  );
}
