import { expect, test } from 'vitest';
import { pathOf, stepsInShort } from './path';
import { decisionInWords, reasonInWords, stateInWords } from './words';

const step = (n: number, element: string, output: string | null, detail?: object) => ({
  step: n,
  element,
  at: '2026-11-23T11:00:00Z',
  output,
  ...(detail ? { detail } : {}),
});

test('a decision says what was seen', () => {
  const titleOf = (id: string) => id.toUpperCase();
  expect(
    decisionInWords(step(2, 'c1', 'vip', { seen: [{ what: 'field tier', op: 'equal', expected: 'gold', seen: 'gold', held: true }] }), titleOf),
  ).toBe('tier = gold · was gold');
  expect(
    decisionInWords(step(2, 'c1', 'else', { seen: [{ what: 'field orders', op: 'greater', expected: '2', seen: null, held: false }] }), titleOf),
  ).toBe('orders > 2 · was missing');
  expect(decisionInWords(step(2, 'w1', null, { movedTo: 'w2' }), titleOf)).toBe('moved by hand to W2');
  expect(decisionInWords(step(2, 'h1', 'error', { code: 'httpStatus', status: 500, attempts: 3 }), titleOf)).toBe('answered 500, 3 attempts');
  expect(decisionInWords(step(1, 'start', 'next'), titleOf)).toBe('');
});

test('an end says its reason, and an unknown one is still readable', () => {
  expect(stateInWords({ state: 'left', reason: 'removed', goal: null })).toBe('Left: removed by hand');
  expect(stateInWords({ state: 'completed', reason: null, goal: 'paid' })).toBe('Completed: paid');
  expect(reasonInWords('badGatewayAnswer')).toBe('bad gateway answer');
});

test('a path counts each way over a link, and its end leaves by none', () => {
  const trail = [
    step(1, 'start', 'next'),
    step(2, 'w1', 'next'),
    step(3, 'c1', 'else'),
    step(4, 'w1', 'next'),
    { ...step(5, 'c1', 'vip'), end: { state: 'completed' as const } },
  ];
  const path = pathOf(trail);
  expect(path.links.get('w1 next')).toEqual([2, 4]);
  expect(path.links.has('c1 vip')).toBe(false);
  expect(path.elements.get('c1')).toEqual([3, 5]);
  expect(stepsInShort([1, 2, 3, 4, 5])).toBe('1, 2, 3 +2');
});
