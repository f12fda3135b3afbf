/** What the address of a scenario says: what is chosen, what stands beside and below the canvas, and which version is shown. */
import { date, flag, oneOf, type Search, text } from '../app/search';

const panels = ['problems', 'about', 'versions', 'bin'] as const;

export type PanelName = (typeof panels)[number];

export interface EditorSearch {
  /** The chosen element. */
  el?: string | undefined;
  panel?: PanelName | undefined;
  /** A version that is looked at instead of the newest. */
  version?: number | undefined;
  /** The element whose profiles are looked at, and which of them. */
  at?: string | undefined;
  q?: string | undefined;
  order?: 'leaves' | undefined;
  overdue?: boolean | undefined;
  stats?: 'period' | 'live' | undefined;
  /** The first and last date of the period, in the scenario's zone. */
  from?: string | undefined;
  to?: string | undefined;
}

export const editorSearch = (s: Search): EditorSearch => ({
  el: text(s.el),
  panel: oneOf(panels, s.panel),
  version: typeof s.version === 'number' && Number.isInteger(s.version) && s.version > 0 ? s.version : undefined,
  at: text(s.at),
  q: text(s.q),
  order: oneOf(['leaves'], s.order),
  overdue: flag(s.overdue),
  stats: oneOf(['period', 'live'], s.stats),
  from: date(s.from),
  to: date(s.to),
});
