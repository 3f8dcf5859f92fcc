import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Action, Finding, Result } from '../../../archive/repair/index.js';
import { describeSystemError } from '../../../host/index.js';
import { EXIT_DAMAGED, EXIT_FAILED } from '../../flags/exit-codes.js';

/** Program name at the start of error lines. */
export const PROGRAM = 'tcp-info repair';

/** Words for each action, at the end of an archive's line. */
const DONE: Readonly<Record<Action, string>> = {
  mended: 'mended',
  deleted: 'deleted',
  'would mend': 'would be mended',
  'would delete': 'would be deleted',
  left: 'left as it is',
  'in use': 'left alone: another process is writing to it',
  'too young': 'left alone: another process may be writing to it',
};

/** Options of {@link RepairReport}. */
export interface ReportOptions {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Minimum age, as in the repair. */
  readonly minAgeMs: number;
}

/** Prints the results of the repair, and keeps totals. */
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

  /** Adds a result; waits while the reader of the output is slower than the disk. */
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
        await print(this.#stdout, `${quote(result.path)}: left over from an interrupted repair: ${done}`);
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

  /** Exit code; 0 when everything is sound now. An archive that is still being written may be unsound. */
  get exitCode(): number {
    if (this.#failed > 0) return EXIT_FAILED;
    const sound: readonly Action[] = ['mended', 'deleted', 'in use'];
    return [...this.#actions.keys()].every((action) => sound.includes(action)) ? 0 : EXIT_DAMAGED;
  }

  /** Prints a gap once, although every batch of archives reports its own. */
  async #gap(gap: string): Promise<void> {
    if (this.#gapIsTold) return;
    this.#gapIsTold = true;
    const what = `cannot see for every process which files it writes (${gap})`;
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

/** Formats a path, which may hold any character: unchanged if unambiguous, else as a JSON string. */
function quote(path: string): string {
  return /^[\x21-\x7e\xa1-\u{10ffff}][\x20-\x7e\xa1-\u{10ffff}]*$/u.test(path) && !path.includes(': ')
    ? path
    : JSON.stringify(path);
}

async function print(stream: Writable, line: string): Promise<void> {
  if (!stream.write(`${line}\n`) && !stream.destroyed)
    await Promise.race([once(stream, 'drain'), once(stream, 'close')]);
}
