/** What the engine's codes mean to a person: ends, declines, and why a step went where it went. */
import { counted } from '../app/numbers';
import type { Run, Seen, TrailStep } from './api';

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

/** What decided the step, in a line; empty where its output says everything. */
export function decisionInWords(step: TrailStep, titleOf: (element: string) => string): string {
  const { detail } = step;
  if (!detail) return '';
  if (detail.seen) {
    const told = detail.seen.filter((s) => s.held);
    const shown = told.length > 0 ? told : detail.seen;
    return shown.length === 0
      ? ''
      : `${shown.slice(0, 2).map(seenInWords).join('; ')}${shown.length > 2 ? ` and ${counted(shown.length - 2, 'more rule')}` : ''}`;
  }
  if (detail.draw) return detail.draw === 'stable' ? 'drawn by the profile’s id, the same at each entry' : 'drawn anew for this entry';
  if (detail.released) return 'released by hand';
  if (detail.postponed) return 'its postponed instant came';
  if (detail.past) return 'the date had passed already';
  if (detail.movedTo) return `moved by hand to ${titleOf(detail.movedTo)}`;
  if (detail.successor) return 'captured again; the new run goes on';
  if (detail.scenario !== undefined)
    return detail.run ? `captured in scenario #${detail.scenario}` : `scenario #${detail.scenario}: ${reasonInWords(detail.reason ?? 'declined')}`;
  const tries = detail.attempts !== undefined && detail.attempts > 1 ? `, ${counted(detail.attempts, 'attempt')}` : '';
  if (detail.status !== undefined) return `answered ${detail.status}${tries}`;
  if (detail.code) return `${reasonInWords(detail.code)}${tries}`;
  return detail.reason ? reasonInWords(detail.reason) : '';
}
