import { expect, test } from 'vitest';
import { tidy, withPlaces } from './layout';
import type { Doc, Element, Link } from './model';

const outputs = (e: Element) => (e.type === 'condition' ? ['yes', 'else'] : e.type === 'end' ? [] : ['next']);

function graph(elements: string[], links: string[]): Doc {
  return {
    elements: elements.map((e) => ({ id: e.split(':')[0] ?? e, type: e.split(':')[1] ?? 'wait', settings: {} })),
    links: links.map((l): Link => {
      const [from = '', output = '', to = ''] = l.split(/[.>]/);
      return { from, output, to };
    }),
    layout: {},
    settings: {},
    bin: [],
  };
}

test('yes stays left of else, whichever was drawn first', () => {
  const d = graph(['start:apiCall', 'c:condition', 'no', 'yes'], ['start.next>c', 'c.else>no', 'c.yes>yes']);
  const places = tidy(d, outputs);
  expect(places.yes?.x).toBeLessThan(places.no?.x ?? 0);
});

test('every element stands below the one that leads to it, and none on another', () => {
  const n = 60;
  const d = graph(
    ['start:apiCall', ...Array.from({ length: n }, (_, i) => `e${i}:${i % 5 === 0 ? 'condition' : 'wait'}`)],
    [
      'start.next>e0',
      ...Array.from({ length: n }, (_, i) => (i % 5 === 0 ? [`e${i}.yes>e${i + 1}`, `e${i}.else>e${i + 2}`] : [`e${i}.next>e${i + 3}`])).flat(),
    ].filter((l) => Number(l.split('>e')[1]) < n),
  );
  const places = tidy(d, outputs);
  for (const l of d.links) expect(places[l.to]?.y).toBeGreaterThan(places[l.from]?.y ?? 0);
  const all = Object.values(places);
  for (const [i, a] of all.entries()) for (const b of all.slice(i + 1)) expect(Math.abs(a.x - b.x) >= 224 || Math.abs(a.y - b.y) >= 72).toBe(true);
});

test('the topmost element stays where it stood', () => {
  const d = { ...graph(['start:apiCall', 'a'], ['start.next>a']), layout: { start: { x: 400, y: 80 }, a: { x: 0, y: 1000 } } };
  expect(tidy(d, outputs).start).toEqual({ x: 400, y: 80 });
});

test('a graph that came without places gets some, one that has them keeps them', () => {
  const bare = graph(['start:apiCall', 'a'], ['start.next>a']);
  const placed = withPlaces(bare, outputs);
  expect(Object.keys(placed.layout)).toEqual(['start', 'a']);
  expect(withPlaces(placed, outputs)).toBe(placed);
});
