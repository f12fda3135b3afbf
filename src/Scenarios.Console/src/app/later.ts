/**
 * Parts that are not seen first come after the page: when it is idle, or at once when somebody asks for one. So they cost no
 * waiting, and are there also when the server is not.
 */
import { type ComponentType, lazy } from 'react';

const waiting = new Set<() => Promise<unknown>>();

export function later<P extends object>(load: () => Promise<ComponentType<P>>) {
  waiting.add(load);
  return lazy(async () => ({ default: await load() }));
}

/** Fetches what was announced so far, when there is nothing else to do. */
export function fetchTheRest(): () => void {
  const run = () => {
    for (const load of waiting)
      void load().then(
        () => waiting.delete(load),
        () => {},
      ); // who asks for it will be told
  };
  if (typeof requestIdleCallback === 'undefined') {
    const timer = setTimeout(run, 1000);
    return () => clearTimeout(timer);
  }
  const idle = requestIdleCallback(run, { timeout: 3000 });
  return () => cancelIdleCallback(idle);
}
