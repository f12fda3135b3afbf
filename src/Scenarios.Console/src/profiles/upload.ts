/** A file on its way: what fetch does not tell, how much of it has gone. */
import { ApiError, type FieldFault, newKey } from '../api/client';

export interface ImportAnswer {
  created: number;
  updated: number;
  failed: number;
  /** The first hundred. */
  errors: { line: number; path: string; code: string; message: string }[];
}

export interface Upload {
  promise: Promise<ImportAnswer>;
  abort: () => void;
}

export type FileKind = 'csv' | 'ndjson';

export const kindOfFile = (name: string): FileKind | null =>
  /\.(csv|txt)$/i.test(name) ? 'csv' : /\.(ndjson|jsonl|json)$/i.test(name) ? 'ndjson' : null;

const types: Record<FileKind, string> = { csv: 'text/csv', ndjson: 'application/x-ndjson' };

export function upload(db: string, file: File, kind: FileKind, onSent: (bytes: number) => void): Upload {
  const request = new XMLHttpRequest();
  const promise = new Promise<ImportAnswer>((resolve, reject) => {
    request.open('POST', `/api/v1/databases/${encodeURIComponent(db)}/profiles:import`);
    request.setRequestHeader('Content-Type', types[kind]);
    request.setRequestHeader('Accept', 'application/json');
    request.setRequestHeader('X-Scenarios-Console', '1');
    request.setRequestHeader('Idempotency-Key', newKey());
    request.upload.onprogress = (e) => onSent(e.loaded);
    request.onload = () => {
      const body = JSON.parse(request.responseText || '{}') as ImportAnswer & { code?: string; detail?: string; errors?: FieldFault[] };
      if (request.status === 200) resolve(body);
      else
        reject(
          new ApiError(
            request.status,
            body.code ?? 'refused',
            body.detail ?? `The server answered ${request.status}.`,
            (body.errors as FieldFault[] | undefined) ?? [],
            request.getResponseHeader('X-Request-Id'),
          ),
        );
    };
    request.onerror = () => reject(new ApiError(0, 'offline', 'The connection broke off.', [], null));
    request.onabort = () => reject(new DOMException('Cancelled', 'AbortError'));
    request.send(file);
  });
  return { promise, abort: () => request.abort() };
}

const previewBytes = 64 << 10;

export interface Preview {
  columns: string[];
  rows: string[][];
}

/** The first lines of a file, as the server will read them. */
export async function preview(file: File, kind: FileKind): Promise<Preview> {
  const text = (await file.slice(0, previewBytes).text()).replace(/^\uFEFF/, '');
  const whole = file.size <= previewBytes ? text : text.slice(0, text.lastIndexOf('\n') + 1);
  return kind === 'csv' ? table(csvRecords(whole, 6)) : records(whole);
}

function table([columns = [], ...rows]: string[][]): Preview {
  return { columns, rows };
}

/** Cells may stand in quotes, with quotes doubled and lines broken inside of them. */
export function csvRecords(text: string, most: number): string[][] {
  const found: string[][] = [];
  let cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  const endCell = () => {
    cells.push(cell);
    cell = '';
  };
  const endRecord = () => {
    endCell();
    if (cells.length > 1 || cells[0] !== '') found.push(cells);
    cells = [];
  };
  for (let i = 0; i < text.length && found.length < most; i++) {
    const c = text[i];
    if (isQuoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') {
        cell += '"';
        i++;
      } else isQuoted = false;
    } else if (c === '"' && cell === '') isQuoted = true;
    else if (c === ',') endCell();
    else if (c === '\n') endRecord();
    else if (c !== '\r') cell += c;
  }
  if (found.length < most && (cell !== '' || cells.length > 0)) endRecord();
  return found;
}

/** Members of the first objects, fields laid beside them. */
function records(text: string): Preview {
  const objects = text
    .split('\n')
    .filter((l) => l.trim() !== '')
    .slice(0, 5)
    .map((l) => {
      try {
        const { fields, ...own } = JSON.parse(l) as Record<string, unknown> & { fields?: Record<string, unknown> };
        return { ...own, ...fields };
      } catch {
        return { 'not JSON': l.slice(0, 80) } as Record<string, unknown>;
      }
    });
  const columns = [...new Set(objects.flatMap((o) => Object.keys(o)))];
  return {
    columns,
    rows: objects.map((o) => columns.map((c) => (o[c] === undefined ? '' : typeof o[c] === 'object' ? JSON.stringify(o[c]) : String(o[c])))),
  };
}
