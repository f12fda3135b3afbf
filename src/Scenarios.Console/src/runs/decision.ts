/** Why a step of the trail went the way it did. */
import type { Element } from '../doc/model';
import { kindOf } from '../editor/elements/registry';
import type { StepDetail, TrailStep } from './api';
import { decidedBy, reasonInWords } from './words';

/**
 * What decided the step, in a line; empty where its output says everything.
 * @param element at which the step was made; undefined when nothing is known of it any more.
 */
export function decisionInWords({ detail }: TrailStep, element: Element | undefined, titleOf: (element: string) => string): string {
  if (!detail) return '';
  const kind = element && kindOf(element.type);
  return byIntervention(detail, titleOf) ?? kind?.decision?.(detail, { reason: reasonInWords, rules: decidedBy }) ?? plainly(detail);
}

/** At any element: what a person did with the run, or a new capture. */
function byIntervention({ released, postponed, movedTo, successor }: StepDetail, titleOf: (element: string) => string): string | undefined {
  if (released) return 'released by hand';
  if (postponed) return 'its postponed instant came';
  if (movedTo) return `moved by hand to ${titleOf(movedTo)}`;
  if (successor) return 'captured again; the new run goes on';
  return undefined;
}

/** What its type has no words for, or an element of a type that is not known any more: the code that the server gave. */
const plainly = ({ code, reason }: StepDetail) => reasonInWords(code ?? reason ?? '');
