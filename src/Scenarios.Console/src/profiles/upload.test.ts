import { expect, test } from 'vitest';
import { csvRecords, kindOfFile, preview } from './upload';

test('records are cut at commas and lines, but not inside of quotes', () => {
  expect(csvRecords('id,city\n1,"Oslo, Norway"\r\n2,"say ""hi""\nthere"\n\n3,', 9)).toEqual([
    ['id', 'city'],
    ['1', 'Oslo, Norway'],
    ['2', 'say "hi"\nthere'],
    ['3', ''],
  ]);
  expect(csvRecords('a,b\n1,2\n3,4\n', 2)).toHaveLength(2);
});

test('a file is shown by its first records, of either kind', async () => {
  expect(await preview(new File(['\uFEFFid,tier\np1,gold\n'], 'a.csv'), 'csv')).toEqual({ columns: ['id', 'tier'], rows: [['p1', 'gold']] });
  expect(await preview(new File(['{"id":"p1","fields":{"tier":"gold"}}\n{"id":"p2","email":"a@b.c"}\nnope'], 'a.ndjson'), 'ndjson')).toEqual({
    columns: ['id', 'tier', 'email', 'not JSON'],
    rows: [
      ['p1', 'gold', '', ''],
      ['p2', '', 'a@b.c', ''],
      ['', '', '', 'nope'],
    ],
  });
  expect([kindOfFile('a.CSV'), kindOfFile('a.jsonl'), kindOfFile('a.xlsx')]).toEqual(['csv', 'ndjson', null]);
});
