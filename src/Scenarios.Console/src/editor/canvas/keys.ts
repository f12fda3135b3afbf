/** The keys of the canvas (console.md, 7.2). They work where the focus is, never on the whole window. */
import type { ReactFlowInstance } from '@xyflow/react';
import { type KeyboardEvent, type RefObject, useEffect } from 'react';
import { counted } from '../../app/numbers';
import { copy, read } from '../../doc/clipboard';
import { move, paste, remove } from '../../doc/commands';
import { elementOf, grid, isTaken, type Place, placeOf, startId } from '../../doc/model';
import { texts } from '../../texts';
import { notice } from '../../ui/notices';
import { portsOf } from '../elements/registry';
import { openPort } from '../insert';
import { type EditorStore, useEditorStore } from '../store';
import type { ElementNodeType } from './ElementNode';
import type { LinkEdgeType } from './LinkEdge';
import { type Arrow, step } from './walk';

interface Canvas {
  store: EditorStore;
  focus: (id: string) => void;
  show: (id: string) => void;
  fit: () => void;
  flow: ReactFlowInstance<ElementNodeType, LinkEdgeType>;
  connect: (from: string, output: string, to: string) => void;
  openStanding: ((element: string) => void) | null;
}

/** The whole, or what is chosen where that is more than one; as one step. */
export async function tidyUp(store: EditorStore) {
  const { tidy } = await import('../../doc/layout');
  const { history, selected, run } = store.getState();
  const only = selected.size > 1 ? selected : undefined;
  run(
    move(
      tidy(history.doc, (e) => portsOf(history.doc, e), only),
      only ? 'Tidy the selection' : 'Tidy',
    ),
  );
}

export function removeSelected(store: EditorStore, ids: readonly string[]) {
  const gone = ids.filter((id) => id !== startId);
  if (gone.length === 0) return;
  store.getState().run(remove(gone, new Date().toISOString(), gone.length === 1 ? 'Delete an element' : `Delete ${gone.length} elements`));
  store.getState().select([]);
}

const shifts: Record<Arrow, Place> = {
  ArrowUp: { x: 0, y: -grid },
  ArrowDown: { x: 0, y: grid },
  ArrowLeft: { x: -grid, y: 0 },
  ArrowRight: { x: grid, y: 0 },
};

const isArrow = (key: string): key is Arrow => key in shifts;

export function onCanvasKeys({ store, focus, show, fit, flow, connect, openStanding }: Canvas) {
  return (e: KeyboardEvent<HTMLElement>) => {
    const target = e.target as HTMLElement;
    if (target.closest('input, textarea, select, [contenteditable], .zoom')) return;
    const id = target.closest<HTMLElement>('[data-el]')?.dataset.el;
    const state = store.getState();
    const { doc } = state.history;
    const handled = () => {
      e.preventDefault();
      e.stopPropagation();
    };
    const chosen = state.selected.size > 0 ? [...state.selected] : id ? [id] : [];

    if (e.ctrlKey || e.metaKey) {
      if (e.key === 'a') {
        handled();
        state.select(doc.elements.map((x) => x.id));
      } else if (e.key === 'd' && !state.isReadOnly) {
        handled();
        duplicate(store, chosen);
      }
      return;
    }
    if (e.shiftKey && e.altKey && e.code === 'KeyT' && !state.isReadOnly) {
      handled();
      void tidyUp(store);
      return;
    }
    if (isArrow(e.key) && id) {
      handled();
      if (e.altKey) {
        if (state.isReadOnly) return;
        const by = shifts[e.key];
        state.run(move(Object.fromEntries(chosen.map((c) => [c, { x: placeOf(doc, c).x + by.x, y: placeOf(doc, c).y + by.y }])), 'Move', 'nudge'));
        return;
      }
      const next = step(doc, id, e.key);
      if (!next) return;
      focus(next);
      show(next);
      state.select(e.shiftKey ? [...chosen, id, next] : [next]);
      return;
    }
    switch (e.key) {
      case 'Enter':
        if (!id) return;
        handled();
        if (state.linking) {
          connect(state.linking.from, state.linking.output, id);
          state.set({ linking: null });
        } else state.set({ window: { id, isNew: false } });
        return;
      case 'Insert':
      case '+':
        if (!id || state.isReadOnly) {
          if (e.key === '+') {
            handled();
            void flow.zoomIn({ duration: 120 });
          }
          return;
        }
        handled();
        askInsert(store, id, target);
        return;
      case 'n':
      case 'N':
        if (!id || !openStanding) return;
        handled();
        openStanding(id);
        return;
      case 'l':
      case 'L': {
        const element = id ? elementOf(doc, id) : undefined;
        const port = element && !state.isReadOnly ? openPort(store, element) : null;
        if (port) {
          handled();
          state.set({ linking: port });
        }
        return;
      }
      case 'ContextMenu':
      case 'F10': {
        if (!id || (e.key === 'F10' && !e.shiftKey)) return;
        handled();
        const box = target.getBoundingClientRect();
        if (!state.selected.has(id)) state.select([id]);
        state.set({ menuAt: { id, x: box.left + 40, y: box.bottom } });
        return;
      }
      case 'Delete':
      case 'Backspace': {
        // Only with the focus on an element: never while one types, never behind a window.
        if (!id || state.isReadOnly || e.altKey || e.shiftKey) return;
        handled();
        const neighbour = doc.links.find((l) => l.to === id)?.from ?? startId;
        removeSelected(store, chosen);
        focus(neighbour);
        return;
      }
      case 'Escape':
        handled();
        if (state.linking) state.set({ linking: null });
        else state.select([]);
        return;
      case '1':
        handled();
        fit();
        return;
      case '0':
        handled();
        void flow.zoomTo(1, { duration: 200 });
        return;
      case '-':
        handled();
        void flow.zoomOut({ duration: 120 });
        return;
      default:
        return;
    }
  };
}

/** Asks at the element what shall come next. */
function askInsert(store: EditorStore, id: string, near: HTMLElement) {
  const element = elementOf(store.getState().history.doc, id);
  const port = element ? openPort(store, element) : null;
  if (!port) return;
  const box = near.getBoundingClientRect();
  store.getState().set({ insertAt: { x: box.left + box.width / 2, y: box.bottom + 8, port, place: null } });
}

export function duplicate(store: EditorStore, ids: readonly string[]) {
  const { doc } = store.getState().history;
  const text = copy(doc, new Set(ids));
  const corner = ids.map((id) => placeOf(doc, id));
  if (text) pasteText(store, text, { x: Math.min(...corner.map((p) => p.x)) + 40, y: Math.min(...corner.map((p) => p.y)) + 40 });
}

function pasteText(store: EditorStore, text: string, at: Place): boolean {
  const state = store.getState();
  const piece = read(text, isTaken(state.history.doc), at);
  if (!piece) return false;
  state.run(paste(piece, `Paste ${counted(piece.elements.length, 'element')}`));
  state.select(piece.elements.map((e) => e.id));
  return true;
}

/** The browser's own copy, cut and paste, where the focus is on the canvas: text fields keep theirs. */
export function useClipboard(surface: RefObject<HTMLElement | null>, center: () => Place) {
  const store = useEditorStore();
  useEffect(() => {
    const isOurs = () => {
      const active = document.activeElement;
      if (active instanceof HTMLElement && active.closest('input, textarea, [role="dialog"]')) return false;
      return (active === document.body || surface.current?.contains(active)) ?? false;
    };
    const onCopy = (e: ClipboardEvent) => {
      if (!isOurs() || String(document.getSelection() ?? '') !== '') return;
      const text = copy(store.getState().history.doc, store.getState().selected);
      if (!text) return;
      e.clipboardData?.setData('text/plain', text);
      e.preventDefault();
      if (e.type === 'cut' && !store.getState().isReadOnly) removeSelected(store, [...store.getState().selected]);
    };
    const onPaste = (e: ClipboardEvent) => {
      if (!isOurs() || store.getState().isReadOnly) return;
      const text = e.clipboardData?.getData('text/plain') ?? '';
      e.preventDefault();
      if (!pasteText(store, text, center())) notice(texts.editor.nothingThere);
    };
    document.addEventListener('copy', onCopy);
    document.addEventListener('cut', onCopy);
    document.addEventListener('paste', onPaste);
    return () => {
      document.removeEventListener('copy', onCopy);
      document.removeEventListener('cut', onCopy);
      document.removeEventListener('paste', onPaste);
    };
  }, [store, surface, center]);
}
