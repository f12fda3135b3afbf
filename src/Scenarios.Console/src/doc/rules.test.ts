import { expect, test } from 'vitest';
import { emptyValue, groupOf, leaves, operatorsFor, type Rule, ruleOf, rulesInWords } from './rules';

const tree: Rule = {
  all: [
    { field: 'tier', op: 'in', value: ['gold', 'silver'] },
    { not: { any: [{ content: 'order.total', op: 'less', value: 10 }, { scenario: { number: 7, is: 'was' } }] } },
  ],
};

test('rules read as words', () => {
  expect(rulesInWords(tree)).toBe('tier is one of gold, silver and (not (content order.total is less than 10 or was in #7))');
  expect(rulesInWords({ field: 'termEnd', op: 'inExactlyDays', value: 14 })).toBe('termEnd is in exactly 14 days');
  expect(rulesInWords({ field: 'termEnd', op: 'withinLastDays', value: 1 })).toBe('termEnd was within the last 1 day');
  expect(rulesInWords({ all: [] })).toBe('no rules yet');
});

test('a group that a form takes apart and puts together is the same group', () => {
  for (const rule of [tree, { any: [tree] }, { not: { any: [tree] } }] as Rule[]) expect(ruleOf(groupOf(rule))).toEqual(rule);
});

test('leaves are counted through groups', () => {
  expect(leaves(tree)).toBe(3);
  expect(leaves({ all: [] })).toBe(0);
});

test('only operators that have a meaning for the type are offered, each with a value of its kind', () => {
  expect(operatorsFor('boolean')).toEqual(['equal', 'notEqual', 'in', 'notIn', 'exists', 'notExists', 'empty', 'notEmpty']);
  expect(operatorsFor('dateTime')).not.toContain('equal');
  expect(operatorsFor('list')).toContain('contains');
  expect(emptyValue('exists', 'text')).toBeUndefined();
  expect(emptyValue('between', 'number')).toEqual([0, 1]);
  expect(emptyValue('withinNextDays', 'date')).toBe(7);
});
