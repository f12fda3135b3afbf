/** What other parts of the editor may ask of the canvas that is open; nothing while there is none. */
import type { Place } from '../../doc/model';

interface CanvasView {
  focus: (id: string) => void;
  show: (id: string) => void;
  fit: () => void;
  center: () => Place;
}

let open: CanvasView | null = null;

export function publishCanvas(view: CanvasView): () => void {
  open = view;
  return () => {
    if (open === view) open = null;
  };
}

export const canvas = {
  /** Brings an element into view, and gives it the focus. */
  goTo(id: string) {
    open?.show(id);
    // It may have been added this very moment.
    requestAnimationFrame(() => open?.focus(id));
  },
  focus(id: string) {
    requestAnimationFrame(() => open?.focus(id));
  },
  fit: () => open?.fit(),
};
