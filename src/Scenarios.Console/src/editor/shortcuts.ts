/** The keys of the whole editor; those of an element and of the canvas are the canvas' own (canvas/keys.ts). */
import { useEffect } from 'react';
import { visitNext } from './panels/Problems';
import type { EditorStore } from './store';

export function useEditorKeys(store: EditorStore, { save, find }: { save: () => void; find: () => void }) {
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      const target = e.target as HTMLElement;
      const isTyping = target.closest('input, textarea, select, [contenteditable]') !== null;
      const isWindow = document.querySelector('[role="dialog"]') !== null;
      if (e.key === 'F8') {
        e.preventDefault();
        visitNext(store, e.shiftKey ? -1 : 1);
        return;
      }
      if (!(e.ctrlKey || e.metaKey) || isWindow) return;
      const { isReadOnly, draft } = store.getState();
      const key = e.key.toLowerCase();
      if (key === 's') {
        e.preventDefault();
        if (!isReadOnly && draft.kind !== 'published') save();
      } else if (key === 'f') {
        e.preventDefault();
        find();
      } else if (!isTyping && !isReadOnly && key === 'z') {
        e.preventDefault();
        if (e.shiftKey) store.getState().redo();
        else store.getState().undo();
      } else if (!isTyping && !isReadOnly && key === 'y') {
        e.preventDefault();
        store.getState().redo();
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  });
}
