import { type ChildProcess, spawn } from 'node:child_process';
import type { Namespace } from './namespaces.js';
import { within } from './waiting.js';

/** A program that runs beside a test, and is killed at the end of its scope. */
export class Running implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #closed: Promise<number | null>;
  #output = '';

  /** Starts the program. */
  constructor(file: string, args: readonly string[]) {
    this.#child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
    }
    this.#closed = new Promise((resolve) => this.#child.once('close', resolve));
  }

  /** Starts a program in a namespace. */
  static inside(namespace: Namespace, program: string, ...args: readonly string[]): Running {
    const [file, argv] = namespace.command(program, ...args);
    return new Running(file, argv);
  }

  /** Output so far, stdout and stderr. */
  get output(): string {
    return this.#output;
  }

  /** Waits for the end, and returns the exit code. */
  async ended(deadlineMs?: number): Promise<number | null> {
    return await within('the end of a program', this.#closed, deadlineMs);
  }

  /** Sends a signal. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends the program in order, and returns its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return await this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }
}
