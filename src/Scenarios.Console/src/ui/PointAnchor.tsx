/**
 * A point of the screen that a menu hangs on. It takes none of the attributes of a button, since it is none. What it stands for
 * may be beyond the edge, or still on its way into view; the menu is asked for now, so it hangs at the edge rather than nowhere.
 */
import type { Ref } from 'react';

const edge = 8;
const within = (n: number, size: number) => Math.max(edge, Math.min(n, size - edge));

export function PointAnchor({ x, y, ref }: { x: number; y: number; ref?: Ref<HTMLDivElement> }) {
  return <div ref={ref} style={{ position: 'fixed', left: within(x, innerWidth), top: within(y, innerHeight), width: 0, height: 0 }} />;
}
