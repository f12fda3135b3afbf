import type { KeyboardEvent } from 'react';

/** Arrows go along the rows of a table. @returns whether the key was one. */
export function alongRows(e: KeyboardEvent<HTMLTableSectionElement>): boolean {
  if (e.key !== 'ArrowDown' && e.key !== 'ArrowUp') return false;
  const row = (e.target as HTMLElement).closest('tr');
  const next = e.key === 'ArrowDown' ? row?.nextElementSibling : row?.previousElementSibling;
  if (next instanceof HTMLElement) {
    e.preventDefault();
    next.focus();
  }
  return true;
}
