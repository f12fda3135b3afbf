/** A part that scrolls where it must; then, and only then, keys reach it too. */
import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';

export function Scroll({ className, label, children, isOld }: { className: string; label: string; children: ReactNode; isOld?: boolean }) {
  const box = useRef<HTMLDivElement>(null);
  const [isNarrow, setNarrow] = useState(false);
  useLayoutEffect(() => {
    const at = box.current;
    if (!at) return;
    const look = () => setNarrow(at.scrollWidth > at.clientWidth || at.scrollHeight > at.clientHeight);
    look();
    const observer = new ResizeObserver(look);
    observer.observe(at);
    if (at.firstElementChild) observer.observe(at.firstElementChild);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={box} className={className} data-stale={isOld || undefined} {...(isNarrow ? { role: 'region', 'aria-label': label, tabIndex: 0 } : {})}>
      {children}
    </div>
  );
}
