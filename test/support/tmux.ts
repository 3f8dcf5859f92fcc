import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { until } from './waiting.js';

/** Size of a terminal. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** Quotes a word for a shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Line that a shell prints after the program, with its exit code. */
const ENDED = /ENDED (\d+)/;

/** A terminal in tmux that runs one program, on a tmux server of its own. */
export class Tmux implements Disposable {
  readonly #server = `tcp-info-test-${randomUUID()}`;

  /** Runs a program in a terminal; a shell stays behind it, so that its last screen can be read. */
  constructor({ columns, rows }: TerminalSize, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const settings = Object.entries({ LANG: 'C.UTF-8', ...env }).map(([name, value]) => quoted(`${name}=${value}`));
    const program = ['env', '-u', 'NO_COLOR', ...settings, ...words.map(quoted)].join(' ');
    const shell = `echo BEFORE; ${program}; echo ENDED $?; exec sleep 1000`;
    this.#run('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', String(rows), shell);
    this.#run('set-option', '-g', 'window-size', 'manual');
    this.#run('set-option', '-s', 'set-clipboard', 'on');
  }

  /** Presses keys by their tmux names, e.g. `Enter`, `Down`, `j`. */
  press(...keys: readonly string[]): void {
    this.#run('send-keys', ...keys);
  }

  /** Types a text. */
  type(text: string): void {
    this.#run('send-keys', '-l', text);
  }

  resize({ columns, rows }: TerminalSize): void {
    this.#run('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** Lines of the screen. */
  lines(): readonly string[] {
    return this.#run('capture-pane', '-p').split('\n').slice(0, -1);
  }

  /** Lines of the screen with the codes of their styles. */
  styled(): string {
    return this.#run('capture-pane', '-p', '-e');
  }

  /** Waits until the screen shows something, and returns its lines. */
  async shows(what: string | RegExp): Promise<readonly string[]> {
    const matches = (line: string): boolean => (typeof what === 'string' ? line.includes(what) : what.test(line));
    let lines = this.lines();
    try {
      return await until(`${String(what)} on the screen`, () => {
        lines = this.lines();
        return lines.some(matches) ? lines : undefined;
      });
    } catch (error) {
      throw new Error(`${String(error)}\n${lines.join('\n')}`);
    }
  }

  /** Waits until the screen no longer shows something. */
  async hides(what: string): Promise<readonly string[]> {
    return await until(`no ${what} on the screen`, () => {
      const lines = this.lines();
      return lines.some((line) => line.includes(what)) ? undefined : lines;
    });
  }

  /** Waits until the program has ended, and returns its exit code and the lines that it left. */
  async ended(): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
    const lines = await this.shows(ENDED);
    return { code: Number(ENDED.exec(lines.join('\n'))?.[1]), lines };
  }

  /** Process id of the program: the child of the pane's shell. */
  pid(): number {
    const shell = this.#run('display-message', '-p', '#{pane_pid}').trim();
    return Number(execFileSync('cat', [`/proc/${shell}/task/${shell}/children`], { encoding: 'utf8' }).trim());
  }

  /** Text that a program has copied by OSC 52. */
  copied(): string {
    return this.#run('show-buffer');
  }

  /** Value of a tmux format. */
  value(format: string): string {
    return this.#run('display-message', '-p', format).trim();
  }

  [Symbol.dispose](): void {
    this.#run('kill-server');
  }

  #run(...args: readonly string[]): string {
    return execFileSync('tmux', ['-u', '-L', this.#server, ...args], { encoding: 'utf8' });
  }
}
