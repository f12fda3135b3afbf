import { Chip, Group, Input, Radio, SegmentedControl, Select, Stack, TextInput } from '@mantine/core';
import { IconHourglass } from '@tabler/icons-react';
import { later } from '../../app/later';
import { exactTime } from '../../app/numbers';
import { type Duration, durationInWords, weekdayNames, weekdaysInWords } from '../../doc/time';
import { DurationInput } from '../../ui/DurationInput';
import { MomentInput } from '../../ui/MomentInput';
import { NumberField } from '../../ui/NumberField';
import { kind } from './kind';
import { next } from './outputs';

const ZoneSelect = later(() => import('../../ui/ZoneSelect').then((m) => m.ZoneSelect));

interface Settings {
  duration?: Duration;
  until?: string;
  field?: { name: string; offset?: Duration; before?: boolean; at?: string };
  window?: { weekdays: number[]; from: string; to: string };
  zone?: string;
  past?: 'continue' | 'exit';
}

interface Detail {
  past?: boolean;
  /** Why no date could be computed. */
  reason?: string;
}

type Mode = 'duration' | 'until' | 'field' | 'window';

const modes: Record<Mode, string> = { duration: 'A length of time', until: 'A date', field: 'A date of the profile', window: 'Days and hours' };

const modeOf = (s: Settings): Mode => (s.until !== undefined ? 'until' : s.field ? 'field' : s.window ? 'window' : 'duration');

const zoneInWords = (zone: string | undefined) =>
  !zone || zone === 'scenario' ? '' : zone === 'profile' ? ', in the profile’s zone' : zone === 'account' ? ', in the account’s zone' : `, ${zone}`;

function summary(s: Settings): string {
  const zone = zoneInWords(s.zone);
  if (s.until !== undefined) return s.until ? `until ${exactTime(s.until)}` : 'until …';
  if (s.field) {
    const { name, offset, before, at } = s.field;
    const distance = offset && Object.keys(offset).length > 0 ? `${durationInWords(offset)} ${before ? 'before' : 'after'} ` : 'until ';
    return `${distance}${name || '…'}${at ? ` at ${at}` : ''}${zone}`;
  }
  if (s.window) return `until ${weekdaysInWords(s.window.weekdays)} ${s.window.from}–${s.window.to}${zone}`;
  return s.duration ? `${durationInWords(s.duration)}${s.duration.days ? zone : ''}` : 'how long?';
}

export const wait = kind<Settings, Detail>({
  type: 'wait',
  category: 'operator',
  title: 'Wait',
  what: 'For a time, until a date, or until the right hour.',
  icon: IconHourglass,
  defaults: () => ({ duration: { days: 1 } }),
  outputs: (s) => (s.field ? [next, { name: 'notComputable', label: 'no date', isExit: true }] : [next]),
  summary,
  decision: ({ past, reason }, say) => (past ? 'the date had passed already' : reason && say.reason(reason)),
  Form: ({ value, onChange, fault, fields, isReadOnly }) => {
    const mode = modeOf(value);
    const common = { ...(value.zone ? { zone: value.zone } : {}), ...(value.past ? { past: value.past } : {}) };
    const start: Record<Mode, Settings> = {
      duration: { duration: { days: 1 } },
      until: { until: '' },
      field: { field: { name: fields.find((f) => f.type === 'date' || f.type === 'dateTime')?.name ?? '' } },
      window: { window: { weekdays: [1, 2, 3, 4, 5], from: '09:00', to: '18:00' } },
    };
    const dates = fields.filter((f) => f.type === 'date' || f.type === 'dateTime').map((f) => f.name);
    return (
      <Stack gap="lg">
        <SegmentedControl
          aria-label="Wait for"
          fullWidth
          disabled={isReadOnly}
          value={mode}
          onChange={(m) => onChange({ ...common, ...start[m as Mode] })}
          data={Object.entries(modes).map(([v, label]) => ({ value: v, label }))}
        />
        {mode === 'duration' ? (
          <DurationInput
            label="How long"
            description="Days are days of the calendar in the zone: the same hour on a later day. Hours and less are exact."
            value={value.duration}
            onChange={(duration) => onChange({ ...common, duration })}
            error={fault('/duration')}
            isReadOnly={isReadOnly}
          />
        ) : null}
        {mode === 'until' ? (
          <MomentInput
            label="Until"
            description="In the time of this computer; kept as an exact instant."
            value={value.until}
            onChange={(until) => onChange({ ...common, until })}
            error={value.until === '' ? 'Say until when.' : fault('/until')}
            isReadOnly={isReadOnly}
            w={260}
          />
        ) : null}
        {mode === 'field' && value.field ? (
          <FieldForm field={value.field} dates={dates} fault={fault} isReadOnly={isReadOnly} onChange={(field) => onChange({ ...common, field })} />
        ) : null}
        {mode === 'window' && value.window ? (
          <WindowForm window={value.window} fault={fault} isReadOnly={isReadOnly} onChange={(window) => onChange({ ...common, window })} />
        ) : null}
        {mode !== 'until' && !(mode === 'duration' && !value.duration?.days) ? (
          <ZoneSelect
            value={value.zone ?? 'scenario'}
            onChange={(zone) => onChange({ ...value, zone })}
            isReadOnly={isReadOnly}
            error={fault('/zone')}
          />
        ) : null}
        {mode === 'until' || mode === 'field' ? (
          <Radio.Group
            label="When that is past already"
            value={value.past ?? 'continue'}
            onChange={(past) => onChange({ ...value, past: past as 'continue' | 'exit' })}
          >
            <Group mt={8} gap="xl">
              <Radio value="continue" label="Go on at once" disabled={isReadOnly} />
              <Radio value="exit" label="Leave the scenario" disabled={isReadOnly} />
            </Group>
          </Radio.Group>
        ) : null}
      </Stack>
    );
  },
});

function FieldForm({
  field,
  dates,
  onChange,
  fault,
  isReadOnly,
}: {
  field: NonNullable<Settings['field']>;
  dates: string[];
  onChange: (f: NonNullable<Settings['field']>) => void;
  fault: (path: string) => string | undefined;
  isReadOnly: boolean;
}) {
  const days = field.offset?.days ?? 0;
  return (
    <Stack gap="sm">
      <Group align="flex-end" gap="sm">
        <NumberField
          label="Days"
          value={days}
          min={0}
          max={3650}
          w={90}
          disabled={isReadOnly}
          onChange={(n) => {
            const { offset: _, ...rest } = field;
            onChange(n !== undefined && n > 0 ? { ...rest, offset: { ...field.offset, days: n } } : rest);
          }}
        />
        <Select
          label="Side"
          w={110}
          allowDeselect={false}
          disabled={isReadOnly || days === 0}
          data={[
            { value: 'after', label: 'after' },
            { value: 'before', label: 'before' },
          ]}
          value={field.before ? 'before' : 'after'}
          onChange={(v) => {
            const { before: _, ...rest } = field;
            onChange(v === 'before' ? { ...rest, before: true } : rest);
          }}
        />
        <Select
          label="Field"
          data={dates.includes(field.name) || !field.name ? dates : [...dates, field.name]}
          value={field.name || null}
          onChange={(name) => onChange({ ...field, name: name ?? '' })}
          error={fault('/field/name')}
          placeholder="A date of the profile"
          nothingFoundMessage="The database has no date field"
          disabled={isReadOnly}
          flex={1}
        />
        <TextInput
          type="time"
          label="At"
          w={120}
          disabled={isReadOnly}
          value={field.at ?? ''}
          error={fault('/field/at')}
          onChange={(e) => {
            const { at: _, ...rest } = field;
            onChange(e.currentTarget.value ? { ...rest, at: e.currentTarget.value } : rest);
          }}
        />
      </Group>
      {dates.length === 0 ? <Input.Error>The database has no field of the type date or dateTime.</Input.Error> : null}
    </Stack>
  );
}

function WindowForm({
  window,
  onChange,
  fault,
  isReadOnly,
}: {
  window: NonNullable<Settings['window']>;
  onChange: (w: NonNullable<Settings['window']>) => void;
  fault: (path: string) => string | undefined;
  isReadOnly: boolean;
}) {
  return (
    <Stack gap="sm">
      <Input.Wrapper label="Weekdays" labelElement="div" error={fault('/window/weekdays')}>
        <Chip.Group
          multiple
          value={window.weekdays.map(String)}
          onChange={(days) => onChange({ ...window, weekdays: days.map(Number).sort((a, b) => a - b) })}
        >
          <Group gap={6} mt={6}>
            {weekdayNames.map((name, i) => (
              <Chip key={name} value={String(i + 1)} size="sm" radius="md" disabled={isReadOnly}>
                {name.slice(0, 3)}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      </Input.Wrapper>
      <Group gap="sm">
        <TextInput
          type="time"
          label="From"
          w={130}
          value={window.from}
          disabled={isReadOnly}
          error={fault('/window/from')}
          onChange={(e) => onChange({ ...window, from: e.currentTarget.value })}
        />
        <TextInput
          type="time"
          label="To"
          w={130}
          value={window.to}
          disabled={isReadOnly}
          error={fault('/window/to')}
          onChange={(e) => onChange({ ...window, to: e.currentTarget.value })}
        />
      </Group>
    </Stack>
  );
}
