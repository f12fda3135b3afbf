/** All who stand here and match, as a file: page after page from the API, so that a million need no room in the page. */
import { Button } from '@mantine/core';
import { IconTableDown } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { exact } from '../../app/numbers';
import { type StandingFilter, standingPage } from '../../runs/api';
import { notice, noticeOf } from '../../ui/notices';
import { csvHead, csvOf } from './csv';

const rowsAtOnce = 1000;

export function ExportCsv({ number, element, filter }: { number: number; element: string; filter: StandingFilter }) {
  const [written, setWritten] = useState<number | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);

  async function begin() {
    const stop = new AbortController();
    running.current = stop;
    let file = new Blob([csvHead], { type: 'text/csv;charset=utf-8' });
    let rows = 0;
    let cursor: string | undefined;
    try {
      do {
        setWritten(rows);
        const page = await standingPage(number, element, filter, rowsAtOnce, cursor, stop.signal);
        file = new Blob([file, csvOf(page.items)], { type: file.type });
        rows += page.items.length;
        cursor = page.nextCursor ?? undefined;
      } while (cursor);
      save(file, `scenario-${number}-${element}.csv`);
    } catch (e) {
      if (stop.signal.aborted) notice('The export was stopped; no file was written.');
      else noticeOf(e);
    } finally {
      setWritten(null);
    }
  }

  return written === null ? (
    <Button size="sm" variant="default" leftSection={<IconTableDown size={16} />} onClick={() => void begin()}>
      Export CSV
    </Button>
  ) : (
    <Button size="sm" variant="default" onClick={() => running.current?.abort()} aria-live="polite">
      {exact(written)} written · Stop
    </Button>
  );
}

function save(file: Blob, name: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has taken hold of it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
