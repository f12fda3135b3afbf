/** What the addresses of profiles say: the database, and which of its profiles. */
import { type Search, text } from '../app/search';

export interface ProfilesSearch {
  db?: string | undefined;
  q?: string | undefined;
}

export const profilesSearch = (s: Search): ProfilesSearch => ({ db: text(s.db), q: text(s.q) });

/** The id of a profile is the caller's own and may be anything, so it is no part of the path. */
export interface ProfileSearch {
  db: string;
  id: string;
}

export const profileSearch = (s: Search): ProfileSearch => ({ db: text(s.db) ?? '', id: text(s.id) ?? '' });

export interface ImportSearch {
  db?: string | undefined;
}

export const importSearch = (s: Search): ImportSearch => ({ db: text(s.db) });
