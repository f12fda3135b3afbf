/** The server as ./test built it, on a free port, with a PostgreSQL and a data directory of its own. It can be killed and started again. */
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

export class Server {
  private process: ChildProcess | null = null;
  private said = '';

  private constructor(
    readonly url: string,
    private readonly data: string,
  ) {}

  static async start(): Promise<Server> {
    if (!existsSync(program)) throw new Error(`${program} is not built: run ./test.`);
    const server = new Server(`http://127.0.0.1:${await freePort()}`, mkdtempSync(join(tmpdir(), 'scenarios-console-')));
    try {
      await server.run();
    } catch (e) {
      await server.end();
      throw e;
    }
    return server;
  }

  get token(): string {
    return readFileSync(join(this.data, 'token'), 'utf8').trim();
  }

  /** Until it is ready to serve. */
  async run(): Promise<void> {
    const child = spawn('dotnet', [program, '--urls', this.url, '--data', this.data], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (this.said = (this.said + part).slice(-20_000)));
    this.process = child;
    const until = Date.now() + patienceMs;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`The server ended by itself:\n${this.said}`);
      const answer = await fetch(`${this.url}/health/ready`).catch(() => null);
      if (answer?.ok) return;
      if (Date.now() > until) throw new Error(`The server is not ready after ${patienceMs / 1000} s:\n${this.said}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.process;
    this.process = null;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  /** Stopped, and its data with it. */
  async end(): Promise<void> {
    await this.stop();
    rmSync(this.data, { recursive: true, force: true, maxRetries: 5 });
  }
}
