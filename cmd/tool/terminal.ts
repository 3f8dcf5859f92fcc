import { writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import type { ReadStream, WriteStream } from 'node:tty';
import { describeSystemError } from '../../host/index.js';
import { type Frame, type Key, KeyDecoder, moveTo, Screen, type StyleCodes, screenDiff } from '../../view/top/index.js';

/** Reports of a {@link Terminal}. */
export interface TerminalEvents {
  readonly onKey: (key: Key) => void;
  readonly onResize: () => void;
  /** Called when the terminal takes output again, after it did not. */
  readonly onReady: () => void;
  /** Called when the terminal is gone. */
  readonly onGone: () => void;
}

const ESC = '\u001b';
/** Alternate screen, without cursor and without wrapping of long lines. */
const ENTER = `${ESC}[?1049h${ESC}[?25l${ESC}[?7l`;
const LEAVE = `${ESC}[0m${ESC}[?7h${ESC}[?25h${ESC}[?1049l`;
/** Question for synchronized updates (DEC mode 2026); 1 and 2 in the answer: set and reset, so it has them. */
const ASK_SYNCHRONIZED = `${ESC}[?2026$p`;
const HAS_SYNCHRONIZED = /^2026;[12]\$y$/;
const BEGIN_UPDATE = `${ESC}[?2026h`;
const END_UPDATE = `${ESC}[?2026l`;
const HIDE_CURSOR = `${ESC}[?25l`;
const SHOW_CURSOR = `${ESC}[?25h`;

/** Time after which an Escape that stands alone is the Escape key. */
const ESCAPE_MS = 30;
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

/** Terminal in raw mode with an alternate screen, which is restored however the program ends. */
export class Terminal {
  readonly #decoder = new KeyDecoder();
  readonly #text = new StringDecoder('utf8');
  readonly #restore = (): void => this.close();
  /** True if the screen could not be restored. */
  isGone = false;
  #isOpen = false;
  #hasSynchronized = false;
  #screen: Screen | undefined;
  #escapeTimer: NodeJS.Timeout | undefined;
  #isFull = false;
  #isCursorShown = false;

  /** @param program name at the start of a message */
  constructor(
    readonly program: string,
    readonly input: ReadStream,
    readonly output: WriteStream & { readonly fd: number },
    readonly styles: StyleCodes,
    readonly events: TerminalEvents,
  ) {}

  get columns(): number {
    return this.output.columns > 0 ? this.output.columns : DEFAULT_COLUMNS;
  }

  get rows(): number {
    return this.output.rows > 0 ? this.output.rows : DEFAULT_ROWS;
  }

  /** Takes the screen over. */
  open(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#screen = undefined;
    this.#isFull = false;
    process.on('exit', this.#restore);
    this.input.setRawMode(true);
    this.input.on('data', this.#take);
    this.input.on('end', this.events.onGone);
    this.input.on('error', this.events.onGone);
    this.input.resume();
    this.output.on('resize', this.events.onResize);
    this.output.on('error', this.events.onGone);
    this.output.write(ENTER + ASK_SYNCHRONIZED);
  }

  /** Restores the screen at once, also while the process exits. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.off('exit', this.#restore);
    clearTimeout(this.#escapeTimer);
    this.input.off('data', this.#take);
    for (const event of ['end', 'error']) this.input.off(event, this.events.onGone);
    this.output.off('error', this.events.onGone);
    this.input.pause();
    this.output.off('resize', this.events.onResize);
    try {
      this.input.setRawMode(false);
      // Not through the stream: it may still hold output when the process exits.
      writeSync(this.output.fd, LEAVE);
    } catch (error) {
      // The terminal is gone, or does not take output: nothing is left to restore.
      this.isGone = true;
      process.stderr.write(`${this.program}: restore the terminal: ${describeSystemError(error)}\n`);
    }
  }

  /** Draws everything at the next frame: the terminal may show something else. */
  forget(): void {
    this.#screen = undefined;
  }

  /** Draws a frame in one write, unless the terminal still has the last one to take. Returns whether it was drawn. */
  draw({ lines, cursor }: Frame): boolean {
    if (!this.#isOpen || this.#isFull) return false;
    const next = new Screen(this.columns, this.rows, lines);
    const codes = screenDiff(this.#screen, next, this.styles);
    this.#screen = next;
    const isShown = cursor !== undefined;
    if (codes === '' && !isShown && !this.#isCursorShown) return true;
    const hide = this.#isCursorShown ? HIDE_CURSOR : '';
    const place = isShown ? moveTo(cursor) + SHOW_CURSOR : '';
    this.#isCursorShown = isShown;
    const text = hide + codes + place;
    this.#write(this.#hasSynchronized ? BEGIN_UPDATE + text + END_UPDATE : text);
    return true;
  }

  /** Sends codes that draw nothing. */
  send(codes: string): void {
    if (this.#isOpen) this.#write(codes);
  }

  #write(text: string): void {
    if (this.output.write(text)) return;
    this.#isFull = true;
    this.output.once('drain', () => {
      this.#isFull = false;
      this.events.onReady();
    });
  }

  readonly #take = (bytes: Buffer): void => {
    clearTimeout(this.#escapeTimer);
    this.#report(this.#decoder.push(this.#text.write(bytes)));
    if (this.#decoder.isWaiting) {
      this.#escapeTimer = setTimeout(() => this.#report(this.#decoder.flush()), ESCAPE_MS);
    }
  };

  #report(keys: readonly Key[]): void {
    for (const key of keys) {
      if (key.name !== 'report') this.events.onKey(key);
      else if (HAS_SYNCHRONIZED.test(key.text)) this.#hasSynchronized = true;
    }
  }
}
