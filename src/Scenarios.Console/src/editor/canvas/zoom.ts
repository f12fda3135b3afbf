/** How near one looks: what is too small to read is hidden, badges are scaled against the zoom, and nothing is drawn anew for it. */
import { useOnViewportChange, useReactFlow, type Viewport } from '@xyflow/react';
import { type RefObject, useCallback, useEffect } from 'react';

/**
 * The zoom is a variable of the few things that need it, in a sheet of its own: set on the surface it would be inherited by all that is drawn, and
 * each step of a zoom would style thousands of elements anew.
 */
const sheet = new CSSStyleSheet();
sheet.insertRule('.live, .steps, .surface[data-zoom="far"] .link { --zoom: 1 }');
document.adoptedStyleSheets.push(sheet);
const rule = sheet.cssRules[0] as CSSStyleRule;

export function useZoom(surface: RefObject<HTMLDivElement | null>, viewKey: string) {
  const apply = useCallback(
    ({ zoom }: Viewport) => {
      const el = surface.current;
      if (!el) return;
      // Nobody asks for more than 1.
      const value = String(Math.min(1, zoom));
      if (rule.style.getPropertyValue('--zoom') !== value) rule.style.setProperty('--zoom', value);
      const far = zoom < 0.3 ? 'far' : zoom < 0.75 ? 'middle' : 'near';
      if (el.dataset.zoom !== far) el.dataset.zoom = far;
    },
    [surface],
  );
  useOnViewportChange({ onChange: apply, onEnd: (v) => sessionStorage.setItem(viewKey, JSON.stringify(v)) });
  const flow = useReactFlow();
  useEffect(() => {
    const timer = setTimeout(() => apply(flow.getViewport()), 0);
    return () => clearTimeout(timer);
  }, [apply, flow]);
}

export function readView(key: string): Viewport | null {
  const text = sessionStorage.getItem(key);
  return text ? (JSON.parse(text) as Viewport) : null;
}
