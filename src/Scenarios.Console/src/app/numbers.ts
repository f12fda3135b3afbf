/** Numbers and times as the console shows them. */
const whole = new Intl.NumberFormat('en');

export const exact = (n: number) => whole.format(n);

/** Badges: 9,999 and then 12.4K, 1.2M. */
export function short(n: number): string {
  if (n < 10_000) return exact(n);
  const [value, unit] = n < 1_000_000 ? [n / 1000, 'K'] : [n / 1_000_000, 'M'];
  return `${value < 100 ? Math.floor(value * 10) / 10 : exact(Math.floor(value))}${unit}`;
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dayOfYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const whole_ = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});

export const atTime = (iso: string | number | Date) => clock.format(new Date(iso));

/** To the second, with its zone. */
export const exactTime = (iso: string) => whole_.format(new Date(iso));

/** 12:04 today, 23 Nov this year, else with the year. */
export function shortTime(iso: string, now = new Date()): string {
  const at = new Date(iso);
  if (at.toDateString() === now.toDateString()) return clock.format(at);
  return at.getFullYear() === now.getFullYear() ? `${day.format(at)}, ${clock.format(at)}` : dayOfYear.format(at);
}

export const counted = (n: number, one: string, many = `${one}s`) => `${exact(n)} ${n === 1 ? one : many}`;
