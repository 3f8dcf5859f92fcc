import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Namespace } from './namespaces.js';
import { within } from './waiting.js';

const PROGRAM = join(import.meta.dirname, 'reuse-port.py');

/** Several listeners of one port, whose connections outlive them. It needs python3. */
export class ReusePortListeners implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly port: number;

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, null>,
    lines: AsyncIterator<string>,
    port: number,
  ) {
    this.#child = child;
    this.#lines = lines;
    this.port = port;
  }

  /** Starts to listen in a namespace. */
  static async listen(namespace: Namespace, address: string, count: number): Promise<ReusePortListeners> {
    const [file, args] = namespace.command('python3', PROGRAM, address, String(count));
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await within('the port of several listeners', lines.next());
    return new ReusePortListeners(child, lines, Number(first.value));
  }

  /** Closes the listeners, and keeps the connections. */
  async closeListeners(): Promise<void> {
    this.#child.stdin.write('close\n');
    await within('the end of listeners', this.#lines.next());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await new Promise((resolve) => this.#child.once('close', resolve));
  }
}
