/**
 * An instant to the second with its zone; on hover the same in UTC and in the scenario's zone, and how far away it is. The
 * browser's own hint: a page may show hundreds of them.
 */
import { distance, inZone, toSecond } from '../app/when';

export function Exact({ at, zone, withDistance }: { at: string; zone?: string | undefined; withDistance?: boolean }) {
  const others = [inZone(at, 'UTC'), ...(zone && zone !== 'UTC' ? [inZone(at, zone)] : []), distance(at)];
  return (
    <time dateTime={at} className="exact" title={others.join(' · ')}>
      {toSecond(at)}
      {withDistance ? <span className="exact-distance"> {distance(at)}</span> : null}
    </time>
  );
}
