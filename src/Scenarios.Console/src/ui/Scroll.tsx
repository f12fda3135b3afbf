/** A part that scrolls sideways where it must; then, and only then, keys reach it too. */
import { type ReactNode, useEffect, useRef, useState } from 'react';

export function Scroll({ className, label, children }: { className: string; label: string; children: ReactNode }) {
  const box = useRef<HTMLElement>(null);
  const [isNarrow, setNarrow] = useState(false);
  useEffect(() => {
    const at = box.current;
    if (!at) return;
    const look = new ResizeObserver(() => setNarrow(at.scrollWidth > at.clientWidth || at.scrollHeight > at.clientHeight));
    look.observe(at);
    if (at.firstElementChild) look.observe(at.firstElementChild);
    return () => look.disconnect();
  }, []);
  return (
    <section ref={box} className={className} aria-label={label} {...(isNarrow ? { tabIndex: 0 } : {})}>
      {children}
    </section>
  );
}
