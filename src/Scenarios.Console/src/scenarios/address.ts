/** What the address of the list says: filters, order, and whether a scenario is being created. */
import { flag, oneOf, type Search, text } from '../app/search';

const orders = ['number', 'title', 'status', 'inside', 'entered', 'updated'] as const;

export type ListOrder = (typeof orders)[number];

export interface ListSearch {
  q?: string | undefined;
  status?: string | undefined;
  tag?: string | undefined;
  group?: string | undefined;
  trash?: boolean | undefined;
  sort?: ListOrder | undefined;
  up?: boolean | undefined;
  create?: boolean | undefined;
}

export const listSearch = (s: Search): ListSearch => ({
  q: text(s.q),
  status: text(s.status),
  tag: text(s.tag),
  group: text(s.group),
  trash: flag(s.trash),
  sort: oneOf(orders, s.sort),
  up: flag(s.up),
  create: flag(s.create),
});
