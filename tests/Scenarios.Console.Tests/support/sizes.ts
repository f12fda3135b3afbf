/** What a page costs over the line, from the build's own manifest: the files it needs, compressed as the server sends them. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = join(dirname(fileURLToPath(import.meta.url)), '../../../src/Scenarios.Console/dist');

interface Chunk {
  file: string;
  src?: string;
  isEntry?: boolean;
  imports?: string[];
  dynamicImports?: string[];
  css?: string[];
}

const manifest = () => JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>;

function size(file: string): number {
  try {
    return statSync(join(dist, `${file}.br`)).size;
  } catch {
    return statSync(join(dist, file)).size; // too small to be compressed
  }
}

/** Kilobytes of scripts and styles that an address brings, without what was there before. */
export function costs(entry: (c: Chunk) => boolean, before: ReadonlySet<string> = new Set()) {
  const chunks = manifest();
  const files = new Set<string>();
  const visit = (key: string) => {
    const chunk = chunks[key];
    if (!chunk || files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const css of chunk.css ?? []) files.add(css);
    for (const other of chunk.imports ?? []) visit(other);
  };
  for (const [key, chunk] of Object.entries(chunks)) if (entry(chunk)) visit(key);
  const own = [...files].filter((f) => !before.has(f));
  const kilobytes = (end: string) => own.filter((f) => f.endsWith(end)).reduce((sum, f) => sum + size(f), 0) / 1024;
  return { files, js: kilobytes('.js'), css: kilobytes('.css') };
}
