import { Select } from '@mantine/core';

const names = typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : ['UTC'];
const zones = names.includes('UTC') ? names : ['UTC', ...names];

interface Props {
  label?: string;
  value: string | null;
  onChange: (zone: string) => void;
  /** Only named zones, and none. */
  isFixed?: boolean;
  placeholder?: string;
  isReadOnly?: boolean;
  error?: string | undefined;
}

/** Whose clock counts: the scenario's, the account's, each profile's, or that of a place. */
export function ZoneSelect({ label = 'Time zone', value, onChange, isFixed, placeholder, isReadOnly, error }: Props) {
  const places = { group: 'A place', items: zones };
  return (
    <Select
      label={label}
      value={value}
      onChange={(zone) => onChange(zone ?? '')}
      data={
        isFixed
          ? zones
          : [
              {
                group: 'Whose',
                items: [
                  { value: 'scenario', label: 'The scenario’s' },
                  { value: 'account', label: 'The account’s' },
                  { value: 'profile', label: 'Each profile’s own' },
                ],
              },
              places,
            ]
      }
      searchable
      clearable={isFixed ?? false}
      allowDeselect={isFixed ?? false}
      limit={80}
      placeholder={placeholder ?? ''}
      disabled={isReadOnly ?? false}
      error={error}
      maw={320}
    />
  );
}
