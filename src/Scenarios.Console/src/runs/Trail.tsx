/** The steps of a run, the newest at the bottom. A long one shows its beginning and its end first, and the rest when asked. */
import { Button, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { exact } from '../app/numbers';
import { span, toSecond } from '../app/when';
import type { Element } from '../doc/model';
import { next } from '../editor/elements/outputs';
import { outputLabel } from '../editor/elements/registry';
import { Exact } from '../ui/Exact';
import type { TrailStep } from './api';
import { decisionInWords } from './decision';
import { reasonInWords, seenInWords } from './words';

const shownAtOnce = 100;

interface Props {
  trail: readonly TrailStep[];
  nameOf: (element: string) => string;
  /** As it is now, or was when it was deleted. */
  elementOf: (id: string) => Element | undefined;
  /** Whether the graph of today still has the element. */
  has: (element: string) => boolean;
  zone: string | undefined;
  onShow: (element: string) => void;
}

export function Trail({ trail, nameOf, elementOf, has, zone, onShow }: Props) {
  const [from, setFrom] = useState(Math.max(0, trail.length - shownAtOnce));
  const line = (s: TrailStep) => (
    <Step key={s.step} step={s} element={elementOf(s.element)} nameOf={nameOf} isThere={has(s.element)} zone={zone} onShow={onShow} />
  );
  const first = trail[0];
  return (
    <ol className="trail">
      {from > 0 && first ? line(first) : null}
      {from > 1 ? (
        <li className="trail-gap">
          <Button size="compact-sm" variant="default" onClick={() => setFrom(Math.max(0, from - shownAtOnce))}>
            Show {exact(Math.min(shownAtOnce, from - 1))} earlier of {exact(from - 1)} steps
          </Button>
        </li>
      ) : null}
      {trail.slice(from === 1 ? 1 : from).map(line)}
    </ol>
  );
}

function Step({
  step: s,
  element,
  nameOf,
  isThere,
  zone,
  onShow,
}: {
  step: TrailStep;
  element: Element | undefined;
  nameOf: (id: string) => string;
  isThere: boolean;
  zone: string | undefined;
  onShow: (id: string) => void;
}) {
  const [isOpen, setOpen] = useState(false);
  const why = decisionInWords(s, element, nameOf);
  const seen = s.detail?.seen ?? [];
  const isLast = s.leftAt === undefined || s.leftAt === null;
  return (
    <li className="step" data-end={s.end?.state} data-standing={(isLast && !s.end) || undefined}>
      <span className="step-number">{s.step}</span>
      <div className="step-body">
        <div className="step-line">
          {isThere ? (
            <UnstyledButton className="step-name" onClick={() => onShow(s.element)}>
              {nameOf(s.element)}
            </UnstyledButton>
          ) : (
            <span className="step-name gone">{nameOf(s.element)}</span>
          )}
          {s.output && s.output !== next.name ? <span className="step-output">→ {outputLabel(element, s.output)}</span> : null}
        </div>
        <div className="step-when">
          {s.at ? <Exact at={s.at} zone={zone} /> : null}
          {s.leftAt && s.at && Date.parse(s.leftAt) - Date.parse(s.at) >= 1000 ? (
            <span title={`left ${toSecond(s.leftAt)}`}>, stayed {span(Date.parse(s.leftAt) - Date.parse(s.at))}</span>
          ) : null}
          {s.leavesAt ? (
            <>
              , leaves <Exact at={s.leavesAt} zone={zone} withDistance />
            </>
          ) : null}
        </div>
        {why ? <div className="step-why">{why}</div> : null}
        {seen.length > 0 ? (
          <>
            <UnstyledButton className="plain-link step-more" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
              {isOpen ? 'Less' : 'Why?'}
            </UnstyledButton>
            {isOpen ? (
              <ul className="step-seen">
                {seen.map((o, i) => (
                  <li key={i} data-held={o.held || undefined}>
                    {seenInWords(o)} <span>{o.held ? 'holds' : 'does not hold'}</span>
                  </li>
                ))}
              </ul>
            ) : null}
          </>
        ) : null}
        {s.end ? (
          <div className="step-end">
            {s.end.state}
            {s.end.goal ? `, goal ${s.end.goal}` : ''}
            {s.end.reason ? `: ${reasonInWords(s.end.reason)}` : ''}
          </div>
        ) : null}
      </div>
    </li>
  );
}
