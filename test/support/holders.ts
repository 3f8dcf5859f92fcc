import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Namespace } from './namespaces.js';
import { within } from './waiting.js';

const PROGRAM = join(import.meta.dirname, 'holders.py');

/** Socket that a {@link Holders} has opened, and the process that holds it. */
export interface HeldSocket {
  readonly pid: number;
  /** Inode number of the socket; 0 for an answer about a process alone. */
  readonly inode: number;
}

/** A program that holds sockets as it is told. It and its children are ended at the end of its scope. */
export class Holders implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #closed: Promise<unknown>;

  /** @param wrapper program that runs it, and its arguments */
  constructor(namespace: Namespace, wrapper: readonly string[] = []) {
    const [program = '', ...args] = [...wrapper, 'python3', PROGRAM];
    const [file, argv] = namespace.command(program, ...args);
    const child = spawn(file, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.#closed = new Promise((resolve) => child.once('close', resolve));
  }

  /** Process id of the program that was started: the {@link Holders} itself, or its wrapper. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Sends a command of `holders.py`, and returns the answer. */
  async tell(command: string): Promise<HeldSocket> {
    this.#child.stdin?.write(`${command}\n`);
    const { value, done } = await within(`the answer to ${command}`, this.#lines.next());
    if (done === true) throw new Error(`holders.py has ended before ${command}`);
    const [pid = 0, inode = 0] = value.split(' ').map(Number);
    return { pid, inode };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin?.end();
    await within('the end of holders.py', this.#closed);
  }
}
