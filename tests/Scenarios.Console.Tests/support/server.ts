/** Starts the server as ./test built it, on a free port and a data directory of its own, and ends it with its database. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const program = process.env.SCENARIOS_SERVER ?? join(root, 'src/Scenarios.Server/bin/Release/net10.0/Scenarios.Server.dll');
const patienceMs = 180_000;

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function ready(url: string, server: ChildProcess, said: () => string) {
  const until = Date.now() + patienceMs;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`The server ended by itself:\n${said()}`);
    const answer = await fetch(`${url}/health/ready`).catch(() => null);
    if (answer?.ok) return;
    if (Date.now() > until) throw new Error(`The server is not ready after ${patienceMs / 1000} s:\n${said()}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

export default async function start(): Promise<() => Promise<void>> {
  if (!existsSync(program)) throw new Error(`${program} is not built: run ./test.`);
  const data = mkdtempSync(join(tmpdir(), 'scenarios-console-'));
  const url = `http://127.0.0.1:${await freePort()}`;
  const server = spawn('dotnet', [program, '--urls', url, '--data', data], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (part: Buffer) => (text = (text + part).slice(-20_000)));
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const stop = async () => {
    server.kill('SIGTERM');
    await ended;
    rmSync(data, { recursive: true, force: true });
  };
  try {
    await ready(url, server, () => text);
  } catch (e) {
    await stop();
    throw e;
  }
  process.env.SCENARIOS_URL = url;
  process.env.SCENARIOS_TOKEN = readFileSync(join(data, 'token'), 'utf8').trim();
  return stop;
}
