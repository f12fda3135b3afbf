import { expect, test } from 'vitest';
import type { StepDetail, TrailStep } from './api';
import { decisionInWords } from './decision';
import { pathOf, stepsInShort } from './path';
import { reasonInWords, stateInWords } from './words';

const step = (n: number, element: string, output: string | null, detail?: StepDetail): TrailStep => ({
  step: n,
  element,
  at: '2026-11-23T11:00:00Z',
  output,
  ...(detail ? { detail } : {}),
});

test('a decision says what was seen, in the words of the element’s type', () => {
  const titleOf = (id: string) => id.toUpperCase();
  const said = (type: string, detail: StepDetail) => decisionInWords(step(2, 'x', 'next', detail), { id: 'x', type, settings: {} }, titleOf);
  expect(said('condition', { seen: [{ what: 'field tier', op: 'equal', expected: 'gold', seen: 'gold', held: true }] })).toBe(
    'tier = gold · was gold',
  );
  expect(said('condition', { seen: [{ what: 'field orders', op: 'greater', expected: '2', seen: null, held: false }] })).toBe(
    'orders > 2 · was missing',
  );
  expect(said('split', { draw: 'stable' })).toBe('drawn by the profile’s id, the same at each entry');
  expect(said('wait', { past: true })).toBe('the date had passed already');
  expect(said('goto', { scenario: 12, run: 'r1' })).toBe('captured in scenario #12');
  expect(said('goto', { scenario: 12, reason: 'engaged' })).toBe('scenario #12: is inside already');
  expect(said('webhook', { code: 'httpStatus', status: 500, attempts: 3 })).toBe('answered 500, 3 attempts');
  expect(said('webhook', { code: 'timedOut', attempts: 1 })).toBe('timed out');
  expect(said('updateProfile', { code: 'templateFailed' })).toBe('template failed');
});

test('what a person did with a run is said at any element', () => {
  const titleOf = (id: string) => id.toUpperCase();
  const said = (detail?: StepDetail) => decisionInWords(step(2, 'w1', null, detail), undefined, titleOf);
  expect(said({ movedTo: 'w2' })).toBe('moved by hand to W2');
  expect(said({ released: true })).toBe('released by hand');
  expect(said({ successor: 'r2' })).toBe('captured again; the new run goes on');
  expect(said()).toBe('');
});

test('of an element that nothing is known of, the code is still said', () => {
  expect(decisionInWords(step(2, 'gone', 'error', { code: 'timedOut' }), undefined, String)).toBe('timed out');
  expect(decisionInWords(step(2, 'gone', 'next', { sent: 3 }), undefined, String)).toBe('');
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
