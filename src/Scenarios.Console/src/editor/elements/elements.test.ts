import { expect, test } from 'vitest';
import type { ElementKind } from './kind';
import palette from './palette.json';
import { kindOf, kinds, outputNames, summaryOf } from './registry';

const summary = (type: string, settings: Record<string, unknown>) => summaryOf({ id: 'x', type, settings });

test.each([
  ['apiCall', {}, 'API call'],
  ['apiCall', { enabled: false }, 'switched off'],
  ['wait', { duration: { days: 1, hours: 2 } }, '1 day 2 hours'],
  ['wait', {}, 'how long?'],
  ['wait', { duration: { days: 1 }, zone: 'profile' }, '1 day, in the profile’s zone'],
  ['wait', { field: { name: 'termEnd', offset: { days: 14 }, before: true, at: '09:00' } }, '14 days before termEnd at 09:00'],
  ['wait', { window: { weekdays: [1, 2, 3, 4, 5, 7], from: '09:00', to: '18:00' } }, 'until Mon–Fri, Sun 09:00–18:00'],
  ['condition', { branches: [{ output: 'yes', rules: { all: [] } }] }, 'no rules yet'],
  ['condition', { branches: [{ output: 'vip', rules: { all: [{ field: 'tier', op: 'equal', value: 'gold' }] } }] }, 'tier is gold'],
  [
    'split',
    {
      branches: [
        { output: 'A', percent: 30 },
        { output: 'B', percent: 70 },
      ],
    },
    'A 30 % · B 70 %',
  ],
  ['goto', { scenario: 12 }, 'on to #12'],
  ['goto', {}, 'to which scenario?'],
  ['end', { goal: 'renewed' }, 'goal: renewed'],
  ['webhook', { method: 'PUT', url: 'https://example.com/x' }, 'PUT example.com/x'],
  ['updateProfile', { set: { tier: 'gold' }, increment: { orders: 1 } }, 'tier = gold, orders + 1'],
  ['updateProfile', { add: { interests: 'tea' } }, 'add tea to interests'],
  ['somethingNew', {}, 'This console does not know this type.'],
])('%s %j reads as “%s”', (type, settings, words) => {
  expect(summary(type, settings)).toBe(words);
});

// palette.json is what the server answers to GET /element-types, without the schemas; PaletteOfConsoleTests.cs holds it to that.
test('the types are those of the server, each in its category', () => {
  expect(kinds.map((k) => [k.type, k.category])).toEqual(palette.map((p) => [p.type, p.category]));
});

/** Where a type has an output only under some settings: settings under which it has all. */
const fullest: Record<string, Record<string, unknown>> = { wait: { field: { name: 'd' } } };

test.each(palette.map((p) => [p.type, p] as const))('%s has the outputs that the server knows', (type, { outputs, outputsFrom }) => {
  const of = (settings: Record<string, unknown>) => outputNames({ id: 'x', type, settings });
  expect(of(fullest[type] ?? {})).toEqual(outputs);
  if (outputsFrom) expect(of({ [outputsFrom]: [{ output: 'one' }, { output: 'two' }] })).toEqual(['one', 'two', ...outputs]);
  const defaults = kindOf(type)?.defaults() ?? {};
  const own = outputsFrom ? ((defaults as Record<string, { output: string }[]>)[outputsFrom] ?? []).map((b) => b.output) : [];
  for (const name of of(defaults)) expect([...own, ...outputs]).toContain(name);
});

test('every file of a type is registered', () => {
  const files = import.meta.glob<Record<string, ElementKind>>('./*.tsx', { eager: true });
  const exported = Object.values(files).flatMap((file) => Object.values(file));
  expect(new Set(kinds)).toEqual(new Set(exported));
});

test('every type draws itself from its defaults', () => {
  for (const k of kinds) expect(k.summary(k.defaults()).length).toBeGreaterThan(0);
});
