/**
 * What is painted over the graph besides itself: the numbers of a period, the path of a run. It comes through contexts and
 * not through the boxes' own data, so that a change of it draws these small parts and nothing else.
 */
import { createContext, useContext } from 'react';
import { exact } from '../../app/numbers';
import { type RunPath, stepsInShort } from '../../runs/path';
import { type PeriodStatistics, shares, sum } from '../statistics/api';

const Period = createContext<PeriodStatistics['elements'] | null>(null);
export const PeriodPaint = Period.Provider;

const Path = createContext<RunPath | null>(null);
export const PathPaint = Path.Provider;

/** Opens the window of who stands at an element; nothing where one only looks at another version or at a path. */
const Opener = createContext<((element: string) => void) | null>(null);
export const StandingOpener = Opener.Provider;
export const useOpenStanding = () => useContext(Opener);

/** How many entered above the element, and below it how many left, by each output with its share. */
export function PeriodNumbers({ id, ports }: { id: string; ports: readonly string[] }) {
  const elements = useContext(Period);
  if (!elements) return null;
  const { entered, left, ended } = elements[id] ?? { entered: 0, left: {}, ended: {} };
  const byPort = shares(left);
  const gone = sum(ended);
  return (
    <>
      <span className="period-in">{exact(entered)} in</span>
      {ports.length === 0 ? (
        <span className="period-out">{exact(gone)} ended</span>
      ) : ports.length === 1 ? (
        <span className="period-out">
          {exact(sum(left))} out{gone > 0 ? ` · ${exact(gone)} ended` : ''}
        </span>
      ) : (
        <span className="period-ports">
          {ports.map((port) => (
            <span key={port}>
              <i>{byPort.has(port) ? `${exact(byPort.get(port)?.n ?? 0)} · ${byPort.get(port)?.share}` : '0'}</i>
            </span>
          ))}
        </span>
      )}
    </>
  );
}

/** Whether a run came by here; undefined where no path is shown. */
export function useTrod(element: string): 'yes' | 'no' | 'last' | undefined {
  const path = useContext(Path);
  if (!path) return undefined;
  return path.last === element ? 'last' : path.elements.has(element) ? 'yes' : 'no';
}

export function useSteps(link: string): { isShown: boolean; steps: readonly number[] } {
  const path = useContext(Path);
  return { isShown: path !== null, steps: path?.links.get(link) ?? [] };
}

export function StepsOnLink({ steps, x, y }: { steps: readonly number[]; x: number; y: number }) {
  return (
    <span
      className="steps"
      title={steps.length > 3 ? `Steps ${steps.join(', ')}` : undefined}
      style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px) scale(var(--grown))` }}
    >
      {stepsInShort(steps)}
    </span>
  );
}
