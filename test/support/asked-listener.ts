import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Namespace } from './namespaces.js';
import { within } from './waiting.js';

/** A program in Python that listens, prints its port, and answers each line with a line. It needs python3. */
export class AskedListener implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  /** Port on which it listens. */
  port = 0;

  /** @param program file name in this folder */
  constructor(namespace: Namespace, program: string, ...args: readonly string[]) {
    const [file, argv] = namespace.command('python3', join(import.meta.dirname, program), ...args);
    this.#child = spawn(file, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Waits until it listens. @param what words for the error when it does not in time */
  async listens(what: string): Promise<this> {
    this.port = Number(await this.#line(what));
    return this;
  }

  /** Sends a line, and returns the answer. @param what words for the error when none comes in time */
  async ask(line: string, what: string): Promise<string> {
    this.#child.stdin.write(`${line}\n`);
    return await this.#line(what);
  }

  async #line(what: string): Promise<string> {
    const { value } = await within(what, this.#lines.next());
    return String(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await new Promise((resolve) => this.#child.once('close', resolve));
  }
}
