/** Reads the part of an address behind its "?", in which anybody may write anything: what is not understood is left out. */

export type Search = Record<string, unknown>;

export const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined);

export const flag = (value: unknown) => (value === true ? true : undefined);

export const date = (value: unknown) => (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) ? value : undefined);

export const oneOf = <T extends string>(known: readonly T[], value: unknown): T | undefined => known.find((k) => k === value);
