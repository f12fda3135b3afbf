/** Where a run went, as the canvas paints it: the steps at each element, and the steps over each link. */
import type { TrailStep } from './api';

export interface RunPath {
  /** Element → numbers of the steps that stood there. */
  readonly elements: ReadonlyMap<string, readonly number[]>;
  /** `from output` → numbers of the steps that left by it. */
  readonly links: ReadonlyMap<string, readonly number[]>;
  /** Where it stands, or stood when it ended. */
  readonly last: string | undefined;
}

const put = (map: Map<string, number[]>, key: string, step: number) => {
  const list = map.get(key);
  if (list) list.push(step);
  else map.set(key, [step]);
};

export function pathOf(trail: readonly TrailStep[]): RunPath {
  const elements = new Map<string, number[]>();
  const links = new Map<string, number[]>();
  for (const s of trail) {
    put(elements, s.element, s.step);
    if (s.output !== null && !s.end) put(links, `${s.element} ${s.output}`, s.step);
  }
  return { elements, links, last: trail.at(-1)?.element };
}

/** 1, 4, 7 +12: what fits on a link. */
export const stepsInShort = (steps: readonly number[]) =>
  steps.length <= 3 ? steps.join(', ') : `${steps.slice(0, 3).join(', ')} +${steps.length - 3}`;
