import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Namespace } from './namespaces.js';
import { within } from './waiting.js';

const PROGRAM = join(import.meta.dirname, 'late-accept.py');

/** View that a program has of an accepted connection: names of errors, null without one, and bytes read at first. */
export interface SeenConnection {
  readonly peer: string | null;
  readonly read: number;
  readonly next: string | null;
  readonly write: string | null;
  readonly pending: string | null;
}

/** A program that listens, and accepts only when it is asked to. It needs python3. */
export class LateAcceptor implements AsyncDisposable {
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
  static async listen(namespace: Namespace, address: string): Promise<LateAcceptor> {
    const [file, args] = namespace.command('python3', PROGRAM, address);
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await within('the port of a late acceptor', lines.next());
    return new LateAcceptor(child, lines, Number(first.value));
  }

  /** Accepts a connection: reads what is queued, or asks for its pending error first. */
  async accept(first: 'read' | 'error' | 'nothing'): Promise<SeenConnection> {
    this.#child.stdin.write(`${first}\n`);
    const line = await within('an accepted connection', this.#lines.next());
    return JSON.parse(String(line.value)) as SeenConnection;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await new Promise((resolve) => this.#child.once('close', resolve));
  }
}
