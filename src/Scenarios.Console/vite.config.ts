import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** Writes a .br and a .gz beside each text file, so that the server only hands them out. Last of all: other plugins still write into chunks. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    writeBundle: {
      order: 'post',
      handler({ dir }, bundle) {
        for (const name of Object.keys(bundle)) {
          if (!dir || !/\.(js|css|html|svg)$/.test(name)) continue;
          const path = join(dir, name);
          const text = readFileSync(path);
          if (text.length < 1024) continue;
          writeFileSync(`${path}.br`, brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
          writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
        }
      },
    },
  };
}

export default defineConfig({
  plugins: [react(), compressed()],
  resolve: { alias: { '~': new URL('./src', import.meta.url).pathname } },
  build: { outDir: 'dist', emptyOutDir: true, manifest: true, assetsInlineLimit: 0, chunkSizeWarningLimit: 700 },
  // While one works on the console: `npm run dev`, with a server on the usual address behind it.
  server: { proxy: { '/api': process.env.SCENARIOS_URL ?? 'http://127.0.0.1:8080' } },
  test: { environment: 'node', include: ['src/**/*.test.{ts,tsx}'] },
});
