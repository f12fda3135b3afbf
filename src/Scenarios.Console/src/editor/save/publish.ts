/** Save: first what it would do, then doing it. */
import { call, post } from '../../api/client';
import type { ActivateAnswer, Plan, Scenario, StopAnswer, StopMode } from '../../api/types';
import { definitionOf } from '../../doc/model';
import { docOfScenario, type EditorState, fingerprint } from '../store';

const bodyOf = (state: EditorState) => ({ definition: definitionOf(state.history.doc), settings: state.history.doc.settings });

export const planOf = async (state: EditorState): Promise<Plan> =>
  (await call<Plan>('PUT', `/scenarios/${state.base.number}`, { query: { dryRun: true }, ifMatch: state.base.revision, body: bodyOf(state) })).data;

/** Something is to be told before: runs are touched, problems stand, or the switch was moved. */
export function needsDialog(plan: Plan, state: EditorState): boolean {
  return (
    state.switchTo !== null || plan.problems.length > 0 || plan.changes.some((c) => c.effect !== 'none' || (c.kind === 'removed' && c.inside > 0))
  );
}

export const hasChanges = (state: EditorState) => fingerprint(state.history.doc) !== fingerprint(docOfScenario(state.base));

export interface Choices {
  note: string;
  /** Deleted element to the one its runs move to. */
  moves: Record<string, string>;
  /** Changed waits whose profiles leave when they would have left. */
  keepTimes: readonly string[];
  key: string;
  /** What happens to those inside when it is switched off. */
  mode?: StopMode;
}

/**
 * Saves, then throws the switch. Switched off, those inside go by what was chosen.
 * @returns the scenario as it is then.
 */
export async function publish(state: EditorState, choices: Choices): Promise<Scenario> {
  const { number, revision } = state.base;
  const moveRuns = Object.keys(choices.moves).length > 0 ? { moveRuns: choices.moves } : {};
  const keepTimes = choices.keepTimes.length > 0 ? { keepTimes: choices.keepTimes } : {};
  const note = choices.note.trim() ? { note: choices.note.trim() } : {};
  let saved = (
    await call<Scenario>('PUT', `/scenarios/${number}`, {
      ifMatch: revision,
      body: { ...bodyOf(state), ...note, ...moveRuns, ...keepTimes },
      key: choices.key,
    })
  ).data;
  if (state.switchTo === 'active') await post<ActivateAnswer>(`/scenarios/${number}:activate`, {}, { key: `${choices.key}-on` });
  if (state.switchTo === 'inactive')
    await post<StopAnswer>(`/scenarios/${number}:deactivate`, choices.mode ? { mode: choices.mode } : {}, { key: `${choices.key}-off` });
  if (state.switchTo) saved = (await call<Scenario>('GET', `/scenarios/${number}`)).data;
  return saved;
}
