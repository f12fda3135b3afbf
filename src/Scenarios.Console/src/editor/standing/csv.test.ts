import { expect, test } from 'vitest';
import type { StandingRun } from '../../runs/api';
import { csvHead, csvOf } from './csv';

const run: StandingRun = {
  runId: 'r1',
  profileId: 'p-1',
  name: null,
  email: null,
  state: 'waiting',
  reason: null,
  goal: null,
  element: 'w1',
  enteredAt: '2026-11-23T10:00:00Z',
  arrivedAt: '2026-11-23T10:00:01Z',
  leavesAt: null,
  endedAt: null,
  hasContent: false,
};

test('a line has the columns of the head, and nothing where nothing is known', () => {
  expect(csvHead).toBe('\uFEFFprofileId,name,email,enteredAt,arrivedAt,leavesAt,runId\r\n');
  expect(csvOf([run, { ...run, runId: 'r2' }])).toBe(
    'p-1,,,2026-11-23T10:00:00Z,2026-11-23T10:00:01Z,,r1\r\np-1,,,2026-11-23T10:00:00Z,2026-11-23T10:00:01Z,,r2\r\n',
  );
});

test.each([
  ['Berg, Ann', '"Berg, Ann"'],
  ['Ann "the" Berg', '"Ann ""the"" Berg"'],
  ['two\nlines', '"two\nlines"'],
  ['=1+1', "'=1+1"],
  ['@sum', "'@sum"],
  ['-1', "'-1"],
  ['\t=1', "'\t=1"],
  ['=a,"b"', '"\'=a,""b"""'],
])('the name %j is written %j', (name, written) => {
  expect(
    csvOf([{ ...run, name }])
      .split(',')
      .slice(1)
      .join(','),
  ).toBe(`${written},,2026-11-23T10:00:00Z,2026-11-23T10:00:01Z,,r1\r\n`);
});
