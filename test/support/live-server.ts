import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { requireBuilt } from './daemon.js';
import { within } from './waiting.js';

const PROGRAM = join(import.meta.dirname, 'live-server.mjs');

/** A collector's API with made-up connections, in a process of its own. */
export class LiveServer implements AsyncDisposable {
  readonly #child: ChildProcess;

  private constructor(
    child: ChildProcess,
    readonly socket: string,
  ) {
    this.#child = child;
  }

  /** Starts the server; returns when it listens. */
  static async start(socket: string, ...flags: readonly string[]): Promise<LiveServer> {
    requireBuilt();
    const child = spawn(process.execPath, [PROGRAM, socket, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
    await within('the server', once(child.stdout, 'data'));
    return new LiveServer(child, socket);
  }

  /** Returns the requests that the server has got. */
  async asked(): Promise<readonly string[]> {
    const body = await new Promise<string>((resolve, reject) => {
      const sent = request({ socketPath: this.socket, path: '/api/v1/asked' }, (response) => {
        text(response).then(resolve, reject);
      });
      sent.on('error', reject).end();
    });
    return JSON.parse(body) as string[];
  }

  /** Kills the server, so that it has no time to say so. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await within('the end of the server', closed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
