/** A point of the screen that a menu hangs on. It takes none of the attributes of a button, since it is none. */
import type { Ref } from 'react';

export function PointAnchor({ x, y, ref }: { x: number; y: number; ref?: Ref<HTMLDivElement> }) {
  return <div ref={ref} style={{ position: 'fixed', left: x, top: y, width: 0, height: 0 }} />;
}
