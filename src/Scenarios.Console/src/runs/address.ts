/** What the address of the runs of a scenario says: which of them are shown. */
import { oneOf, type Search, text } from '../app/search';
import type { RunState } from './api';

const states: readonly RunState[] = ['waiting', 'performing', 'completed', 'failed', 'left'];

export interface RunsSearch {
  state?: RunState | undefined;
  reason?: string | undefined;
  profile?: string | undefined;
}

export const runsSearch = (s: Search): RunsSearch => ({ state: oneOf(states, s.state), reason: text(s.reason), profile: text(s.profile) });
