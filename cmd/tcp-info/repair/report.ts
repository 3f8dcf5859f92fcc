import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { describeSystemError } from '../../../host/index.js';
import type { Action, Finding, Result } from '../../../repair/index.js';

/** What every line about an error begins with. */
export const PROGRAM = 'tcp-info repair';
const EXIT_FAILED = 1;
const EXIT_DAMAGED = 3;

/** Words for what was done, at the end of an archive's line. */
const DONE: Readonly<Record<Action, string>> = {
  mended: 'mended',
  deleted: 'deleted',
  'would mend': 'would be mended',
  'would delete': 'would be deleted',
  left: 'left as it is',
  'in use': 'left alone: somebody is writing to it',
  'too young': 'left alone: somebody may be writing to it',
};

/** Where to print, and what the user wants. */
export interface ReportOptions {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** As the repair has it. */
  readonly minAgeMs: number;
}

/** Prints what the repair comes upon, and keeps the totals. */
export class RepairReport {
  readonly #stdout: Writable;
  readonly #stderr: Writable;
  readonly #minAgeMs: number;
  #gapIsTold = false;
  #examined = 0;
  #failed = 0;
  #lostBytes = 0;
  readonly #actions = new Map<Action, number>();

  constructor({ stdout, stderr, minAgeMs }: ReportOptions) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#minAgeMs = minAgeMs;
  }

  /** Takes in one result, and waits while the reader is slower than the disk. */
  async add(result: Result): Promise<void> {
    switch (result.kind) {
      case 'gone':
        return;
      case 'whole':
        this.#examined++;
        return;
      case 'failed':
        this.#failed++;
        await print(this.#stderr, `${PROGRAM}: ${quote(result.path)}: ${describeSystemError(result.error)}`);
        return;
      case 'gap':
        await this.#gap(result.gap);
        return;
      case 'leftover': {
        const done = result.removed ? 'removed' : 'not removed';
        await print(this.#stdout, `${quote(result.path)}: left by a repair that was killed: ${done}`);
        return;
      }
      case 'archive':
        this.#examined++;
        await this.#archive(result.finding, result.action);
    }
  }

  /** Prints the totals. */
  async finish(): Promise<void> {
    const count = (...actions: Action[]): number => actions.reduce((n, each) => n + (this.#actions.get(each) ?? 0), 0);
    const bad = count('mended', 'deleted', 'would mend', 'would delete', 'left', 'too young');
    const parts = [
      `${this.#examined} examined`,
      `${bad} not sound`,
      `${count('mended')} mended`,
      `${count('deleted')} deleted`,
      `${bytes(this.#lostBytes)} lost`,
      `${count('in use', 'too young')} left alone`,
      `${this.#failed} failed`,
    ];
    await print(this.#stdout, `total: ${parts.join(', ')}`);
  }

  /** 0 when all is sound now; an archive that is being written to is not expected to be. */
  get exitCode(): number {
    if (this.#failed > 0) return EXIT_FAILED;
    const sound: readonly Action[] = ['mended', 'deleted', 'in use'];
    return [...this.#actions.keys()].every((action) => sound.includes(action)) ? 0 : EXIT_DAMAGED;
  }

  /** Once: every batch of archives has its own. */
  async #gap(gap: string): Promise<void> {
    if (this.#gapIsTold) return;
    this.#gapIsTold = true;
    const what = `not every process can be asked which files it writes (${gap})`;
    const then = `files younger than ${this.#minAgeMs / 1000} s are left alone (--min-age)`;
    await print(this.#stderr, `${PROGRAM}: ${what}: ${then}`);
  }

  async #archive({ path, identity: { size }, soundBytes, what, condition }: Finding, action: Action): Promise<void> {
    this.#actions.set(action, (this.#actions.get(action) ?? 0) + 1);
    const lost = size - soundBytes;
    if (action === 'mended' || action === 'deleted') this.#lostBytes += lost;
    const sizes = `${bytes(size)}, ${soundBytes} sound, ${lost} lost`;
    await print(this.#stdout, `${quote(path)}: ${condition}: ${sizes}: ${what}: ${DONE[action]}`);
  }
}

function bytes(count: number): string {
  return `${count} ${count === 1 ? 'byte' : 'bytes'}`;
}

/** A name may hold anything, a newline too: bare where it cannot be mistaken, else as a JSON string. */
function quote(path: string): string {
  return /^[\x21-\x7e\xa1-\u{10ffff}][\x20-\x7e\xa1-\u{10ffff}]*$/u.test(path) && !path.includes(': ')
    ? path
    : JSON.stringify(path);
}

async function print(stream: Writable, line: string): Promise<void> {
  if (!stream.write(`${line}\n`) && !stream.destroyed)
    await Promise.race([once(stream, 'drain'), once(stream, 'close')]);
}
