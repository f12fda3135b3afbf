/** A length of time in days, hours, minutes and seconds. */
import { Group, Input } from '@mantine/core';
import { type Duration, units } from '../doc/time';
import { NumberField } from './NumberField';

const short = { days: 'd', hours: 'h', minutes: 'min', seconds: 's' };

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
          <NumberField
            key={unit}
            aria-label={`${label}: ${unit}`}
            value={value?.[unit]}
            onChange={(n) => {
              const { [unit]: _, ...rest } = value ?? {};
              onChange(n !== undefined && n > 0 ? { ...rest, [unit]: n } : rest);
            }}
            min={0}
            max={100_000}
            placeholder="0"
            unit={short[unit]}
            error={Boolean(error)}
            disabled={isReadOnly ?? false}
            w={104}
          />
        ))}
      </Group>
    </Input.Wrapper>
  );
}
