import { describe, expect, it } from 'vitest';
import { lanes, linkId } from './lanes';
import { type Doc, emptyDoc, nodeWidth } from './model';

const doc = (places: Record<string, [number, number]>, links: [string, string][]): Doc => ({
  ...emptyDoc,
  elements: Object.keys(places).map((id) => ({ id, type: 'wait', settings: {} })),
  links: links.map(([from, to]) => ({ from, output: 'next', to })),
  layout: Object.fromEntries(Object.entries(places).map(([id, [x, y]]) => [id, { x, y }])),
});

const lane = (d: Doc, from: string) => lanes(d, () => ['next']).get(linkId(from, 'next'));

describe('a long link', () => {
  it('needs no lane to the next row', () => {
    expect(lane(doc({ a: [0, 0], b: [0, 136] }, [['a', 'b']]), 'a')).toBeUndefined();
  });

  it('goes straight down where nobody stands', () => {
    expect(lane(doc({ a: [0, 0], b: [0, 408] }, [['a', 'b']]), 'a')).toBe(nodeWidth(1) / 2);
  });

  it('goes around an element that stands in its way', () => {
    const x = lane(doc({ a: [0, 0], between: [0, 136], b: [0, 408] }, [['a', 'b']]), 'a');
    expect(x === undefined || x < 0 || x > nodeWidth(1)).toBe(true);
    expect(x).toBeDefined();
  });
});
