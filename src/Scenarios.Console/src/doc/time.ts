/** Lengths of time as elements and settings write them: {days, hours, minutes, seconds}. */
export interface Duration {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
}

export const units = ['days', 'hours', 'minutes', 'seconds'] as const;

export function durationInWords(d: Duration | undefined): string {
  const parts = units.filter((u) => d?.[u]).map((u) => `${d?.[u]} ${d?.[u] === 1 ? u.slice(0, -1) : u}`);
  return parts.length === 0 ? 'no time' : parts.join(' ');
}

export const weekdayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

/** Mon–Fri, Sat, Sun; runs of three and more are drawn together. */
export function weekdaysInWords(days: readonly number[]): string {
  const sorted = [...new Set(days)].sort((a, b) => a - b);
  if (sorted.length === 7) return 'any day';
  const runs: number[][] = [];
  for (const day of sorted) {
    const last = runs.at(-1);
    if (last && last.at(-1) === day - 1) last.push(day);
    else runs.push([day]);
  }
  const short = (day: number | undefined) => weekdayNames[(day ?? 1) - 1]?.slice(0, 3) ?? '';
  return runs.flatMap((r) => (r.length >= 3 ? [`${short(r[0])}–${short(r.at(-1))}`] : r.map(short))).join(', ');
}
