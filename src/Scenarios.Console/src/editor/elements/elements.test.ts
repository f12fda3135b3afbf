import { expect, test } from 'vitest';
import { kinds, outputsOf, summaryOf } from './registry';

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

test('the outputs are those of the engine', () => {
  const of = (type: string, settings: Record<string, unknown> = {}) => outputsOf({ id: 'x', type, settings });
  expect(of('condition', { branches: [{ output: 'vip', rules: { all: [] } }] })).toEqual(['vip', 'else']);
  expect(of('wait', { field: { name: 'd' } })).toEqual(['next', 'notComputable']);
  expect(of('goto')).toEqual(['declined']);
  expect(of('end')).toEqual([]);
  expect(of('webhook')).toEqual(['success', 'error']);
});

test('every type draws itself from its defaults', () => {
  for (const k of kinds) expect(k.summary(k.defaults()).length).toBeGreaterThan(0);
});
