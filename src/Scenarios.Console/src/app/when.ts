/** Instants and dates where a zone matters: the exact words of an instant, and the midnights of a zone. */
const second = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});

/** 24 Nov 2026, 11:02:10 CET: in the zone of whoever looks. */
export const toSecond = (iso: string) => second.format(new Date(iso));

const zones = new Map<string, Intl.DateTimeFormat>();

export function inZone(iso: string, zone: string): string {
  let format = zones.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZone: zone,
    });
    zones.set(zone, format);
  }
  return `${format.format(new Date(iso))} ${zone}`;
}

/** 2 h 5 m: the two largest units. */
export function span(ms: number): string {
  const s = Math.round(Math.abs(ms) / 1000);
  const parts: [number, string][] = [
    [Math.floor(s / 86_400), 'd'],
    [Math.floor(s / 3600) % 24, 'h'],
    [Math.floor(s / 60) % 60, 'm'],
    [s % 60, 's'],
  ];
  const first = parts.findIndex(([n]) => n > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + (first < 3 ? 2 : 1))
    .filter(([n]) => n > 0)
    .map(([n, unit]) => `${n} ${unit}`)
    .join(' ');
}

/** in 2 h 5 m, 3 d ago. */
export function distance(iso: string, now = Date.now()): string {
  const ms = new Date(iso).getTime() - now;
  if (Math.round(Math.abs(ms) / 1000) === 0) return 'now';
  return ms > 0 ? `in ${span(ms)}` : `${span(ms)} ago`;
}

function partsIn(zone: string, at: number): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(at);
  const n = (type: string) => Number(parts.find((p) => p.type === type)?.value);
  return Date.UTC(n('year'), n('month') - 1, n('day'), n('hour'), n('minute'), n('second'));
}

/** The instant at which a date (2026-11-23) begins in a zone. */
export function midnightIn(zone: string, date: string): string {
  const wanted = Date.parse(`${date}T00:00:00Z`);
  let at = wanted - (partsIn(zone, wanted) - wanted);
  // Where the clock changes between the guess and the midnight, once more.
  at += wanted - partsIn(zone, at);
  return new Date(at).toISOString();
}

/** The date that it is in a zone. */
export function dateIn(zone: string, at: number): string {
  return new Date(partsIn(zone, at)).toISOString().slice(0, 10);
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
