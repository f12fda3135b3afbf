import { expect, test } from 'vitest';
import { addDays, dateIn, distance, midnightIn } from './when';

test('a date begins at midnight of its zone, also where the clock changes', () => {
  expect(midnightIn('UTC', '2026-11-23')).toBe('2026-11-23T00:00:00.000Z');
  expect(midnightIn('Europe/Oslo', '2026-11-23')).toBe('2026-11-22T23:00:00.000Z');
  expect(midnightIn('Europe/Oslo', '2026-03-29')).toBe('2026-03-28T23:00:00.000Z');
  expect(midnightIn('Europe/Oslo', '2026-03-30')).toBe('2026-03-29T22:00:00.000Z');
  expect(midnightIn('Pacific/Auckland', '2026-11-23')).toBe('2026-11-22T11:00:00.000Z');
  expect(midnightIn('Asia/Kathmandu', '2026-11-23')).toBe('2026-11-22T18:15:00.000Z');
});

test('a zone has its own today', () => {
  const at = Date.parse('2026-11-23T23:30:00Z');
  expect(dateIn('UTC', at)).toBe('2026-11-23');
  expect(dateIn('Europe/Oslo', at)).toBe('2026-11-24');
  expect(addDays('2026-11-30', 1)).toBe('2026-12-01');
});

test('a distance has two units at most', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  expect(distance('2026-11-23T14:05:10Z', now)).toBe('in 2 h 5 m');
  expect(distance('2026-11-26T12:00:00Z', now)).toBe('in 3 d');
  expect(distance('2026-11-23T11:59:58Z', now)).toBe('2 s ago');
  expect(distance('2026-11-23T12:00:00Z', now)).toBe('now');
});
