/** Every text of the console that is more than a label beside its own field: one place for who writes or translates. */

import type { ReentryMode, StopMode } from './api/types';
import { counted, exact } from './app/numbers';

export const reentryModes: Record<ReentryMode, { title: string; what: string }> = {
  never: { title: 'Never again', what: 'A profile enters once. After it has left, it is never captured again.' },
  afterExit: { title: 'Not while engaged', what: 'Not while it is inside; again after it has left.' },
  restart: { title: 'Restart', what: 'A profile that is inside goes back to the start, with the new content.' },
  parallel: { title: 'Each entry separately', what: 'Every entry is a passage of its own, several at a time.' },
};

export const stopModes: Record<StopMode, { title: string; what: (inside: number) => string }> = {
  end: { title: 'End', what: (n) => (n === 0 ? 'Nobody is inside.' : `${counted(n, 'profile')} inside ${n === 1 ? 'leaves' : 'leave'} now.`) },
  freeze: {
    title: 'Freeze',
    what: (n) =>
      n === 0
        ? 'Nobody is inside.'
        : `${counted(n, 'profile')} inside ${n === 1 ? 'stays where it stands and goes' : 'stay where they stand and go'} on after activation.`,
  },
  finish: {
    title: 'Finish',
    what: (n) => (n === 0 ? 'Nobody new enters.' : `Nobody new enters; ${counted(n, 'profile')} inside ${n === 1 ? 'goes' : 'go'} on to the end.`),
  },
};

export const effects = {
  ends: (n: number) => `${counted(n, 'run')} ${n === 1 ? 'ends' : 'end'} here`,
  moves: (n: number) => `${counted(n, 'run')} ${n === 1 ? 'moves' : 'move'}`,
  none: (n: number) => (n === 0 ? 'nobody stands here' : `${counted(n, 'run')} ${n === 1 ? 'goes' : 'go'} on unchanged`),
};

export const changeKinds = { added: 'Added', removed: 'Deleted', changed: 'Changed', relinked: 'Linked anew' };

export const texts = {
  product: 'Scenarios',
  signIn: {
    title: 'Sign in',
    token: 'Token',
    help: 'The server printed the first one when it started and keeps it in .data/token. An admin makes further ones.',
    failed: 'This token is not known here. It may have expired or been revoked.',
    over: 'Your session is over. Sign in again to go on; what you typed is kept.',
  },
  list: {
    none: 'No scenario yet. Draw the first one: who enters, what happens, and when.',
    noMatch: 'No scenario matches.',
    noTrash: 'The trash is empty. Deleted scenarios stay here for 30 days.',
    draft: 'Somebody has drawn what is not saved yet',
    onlyStopped: 'Stop the scenario first',
    deleted: (title: string) => `“${title}” is in the trash.`,
    cloned: (title: string) => `“${title}” was created.`,
  },
  activate: {
    ready: 'New profiles enter from now on.',
    frozen: (frozen: number, overdue: number) =>
      `${counted(frozen, 'frozen profile')} ${frozen === 1 ? 'goes' : 'go'} on${overdue === 0 ? '; no wait has run out.' : `; the wait of ${exact(overdue)} has run out, ${overdue === 1 ? 'it leaves' : 'they leave'} first.`}`,
    last: (at: string) => `The last of them will have left at ${at}.`,
  },
  editor: {
    joined: 'Double click opens an element; drag from a dot to link; + adds what comes next.',
    offline: 'The server does not answer. What you draw is kept in this browser and sent as soon as it does.',
    leave: 'Changes have not been sent yet.',
    readOnlyRole: (role: string) => `Your token has the role ${role}: you can look, an editor can change.`,
    recovered: 'This browser holds changes that never reached the server.',
    otherDraft: (by: string, at: string) => `${by} left this draft at ${at}.`,
    replaced: (output: string) => `The former link of “${output}” was replaced.`,
    noSelfLink: 'An element cannot lead to itself.',
    nothingThere: 'Nothing in the clipboard that was copied from a scenario.',
    saved: (revision: number, switched: 'active' | 'inactive' | null) =>
      switched === 'active'
        ? `Version ${revision} is saved and active.`
        : switched === 'inactive'
          ? `Version ${revision} is saved; nobody new enters.`
          : `Version ${revision} is saved.`,
  },
  profiles: {
    none: 'No profile yet. Import a file, create one by hand, or let captures bring them.',
    noMatch: (q: string) => `No profile matches “${q}”.`,
    noDatabase: 'No database yet. One holds the profiles of a shop or a brand, with typed fields.',
    fields: 'What is kept of each profile besides id, email, phone and time zone. A field in use keeps its type.',
    notForRole: (role: string) => `Your token has the role ${role}: profiles and their fields are seen from operator up.`,
  },
  import: {
    csv: (fields: readonly string[]) =>
      `CSV with a first line of names: id, and any of ${['email', 'phone', 'timeZone', ...fields].join(', ')}. An empty cell leaves what is there; members of a list are separated by a semicolon.`,
    ndjson: 'NDJSON: one JSON object a line, as {"id": "p-1042", "email": "ann@example.com", "fields": {"tier": "gold"}}',
    cut: 'What had been read until then is kept; the same file can be sent again.',
  },
  bin: { none: 'Nothing was deleted in this draft.' },
  problems: { none: 'No problems. This scenario can be activated.' },
};
