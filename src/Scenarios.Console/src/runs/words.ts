/** What the engine's codes mean to a person: ends, declines, and why a step went where it went. */
import { counted } from '../app/numbers';
import type { Run, Seen } from './api';

const reasons: Record<string, string> = {
  restarted: 'began again',
  deactivated: 'the scenario was stopped',
  cleared: 'the scenario was cleared',
  removed: 'removed by hand',
  elementDeleted: 'its element was deleted',
  profileDeleted: 'the profile was deleted',
  scenarioDeleted: 'the scenario was deleted',
  expired: 'its date had passed',
  merged: 'merged into another profile',
  exitRule: 'an exit rule held',
  alreadyEntered: 'has entered before',
  engaged: 'is inside already',
  inactive: 'the scenario is not active',
  tooManyRuns: 'too many open runs',
  profileNotFound: 'no such profile',
  ambiguousMatch: 'several profiles match',
  startDisabled: 'the start is switched off',
  coolDown: 'too soon after the last time',
  entryCap: 'entered often enough',
  loopGuard: 'went in circles without a wait',
  error: 'error',
};

/** A reason in words; a code that this console does not know is shown as it is, with spaces. */
export const reasonInWords = (code: string) => reasons[code] ?? code.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();

export function stateInWords(run: Pick<Run, 'state' | 'reason' | 'goal'>): string {
  switch (run.state) {
    case 'waiting':
      return 'Waiting';
    case 'performing':
      return 'Performing';
    case 'completed':
      return run.goal ? `Completed: ${run.goal}` : 'Completed';
    case 'failed':
      return `Failed${run.reason ? `: ${reasonInWords(run.reason)}` : ''}`;
    case 'left':
      return `Left${run.reason ? `: ${reasonInWords(run.reason)}` : ''}`;
  }
}

const operators: Record<string, string> = {
  equal: '=',
  notEqual: '≠',
  less: '<',
  lessOrEqual: '≤',
  greater: '>',
  greaterOrEqual: '≥',
};

/** field tier = gold · was silver */
export function seenInWords({ what, op, expected, seen }: Seen): string {
  const said = operators[op] ?? op.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return `${what.replace(/^field /, '')} ${said}${expected === null || expected === undefined ? '' : ` ${expected}`} · was ${seen ?? 'missing'}`;
}

/** The rules that held; where none did, those that were looked at. */
export function decidedBy(seen: readonly Seen[]): string {
  const held = seen.filter((s) => s.held);
  const shown = held.length > 0 ? held : seen;
  const first = shown.slice(0, 2).map(seenInWords).join('; ');
  return shown.length > 2 ? `${first} and ${counted(shown.length - 2, 'more rule')}` : first;
}
