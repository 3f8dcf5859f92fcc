import type { ReadStream, WriteStream } from 'node:tty';
import { COLOUR_STYLES, type Frame, type Key, PLAIN_STYLES } from '../../view/top/index.js';
import { EXIT_FAILED, EXIT_OK } from '../flags/exit-codes.js';
import { signalExitCode } from '../flags/signals.js';
import type { CommandContext } from './command-context.js';
import { Terminal } from './terminal.js';

/** Options of {@link TerminalSession}. */
export interface TerminalSessionOptions {
  /** Name at the start of messages. */
  readonly program: string;
  readonly input: ReadStream;
  readonly output: WriteStream & { readonly fd: number };
  readonly hasColours: boolean;
  readonly signals: CommandContext['signals'];
  /** Called with each key; what it changes is drawn afterwards. */
  readonly onKey: (key: Key) => void;
  /** Returns what to show on a screen of this size. */
  readonly frame: (columns: number, rows: number) => Frame;
  /** Exit code after SIGINT or SIGTERM; by default that of the signal. */
  readonly interruptedCode?: number;
}

/** Interval at which the screen is drawn again, because times go on. */
const DRAW_MS = 1000;
/** Time until a suspended program is sure to be stopped; it runs on when it continues. */
const STOPPED_MS = 50;

/** A program on a terminal: drawn once a second and after each change, suspended and continued, until it ends. */
export class TerminalSession {
  readonly #terminal: Terminal;
  readonly #options: TerminalSessionOptions;
  #end: (exitCode: number) => void = () => undefined;
  /** True when the screen is not up to date, because the terminal does not take output. */
  #isLate = false;
  #isDrawing = false;
  #hasEnded = false;

  constructor(options: TerminalSessionOptions) {
    const { program, input, output, hasColours, onKey } = options;
    this.#options = options;
    this.#terminal = new Terminal(program, input, output, hasColours ? COLOUR_STYLES : PLAIN_STYLES, {
      onKey: (key) => {
        onKey(key);
        this.update();
      },
      onResize: () => {
        this.#terminal.forget();
        this.update();
      },
      onReady: () => {
        if (this.#isLate) this.update();
      },
      onGone: () => this.#end(EXIT_OK),
    });
  }

  /** Shows the frames until the session ends, and returns the exit code. The screen is restored before. */
  async run(): Promise<number> {
    const ended = new Promise<number>((resolve) => {
      this.#end = resolve;
    });
    const { interruptedCode, signals } = this.#options;
    const quit = (signal: string): void => this.#end(interruptedCode ?? signalExitCode(signal));
    signals.onShutdown(quit, quit);
    const hangUp = (): void => this.#end(EXIT_OK);
    const crash = (error: unknown): void => this.#crash(error);
    const handlers = { SIGHUP: hangUp, SIGTSTP: this.#stopSelf, SIGCONT: this.#resume, uncaughtException: crash };
    for (const [event, handler] of Object.entries(handlers)) process.on(event, handler);
    const timer = setInterval(() => this.#updateSoon(), DRAW_MS);
    try {
      this.#terminal.open();
      this.update();
      return await ended;
    } finally {
      this.#hasEnded = true;
      clearInterval(timer);
      this.#terminal.close();
      for (const [event, handler] of Object.entries(handlers)) process.off(event, handler);
    }
  }

  /** Ends the session. */
  end(exitCode: number): void {
    this.#end(exitCode);
  }

  /** Draws what has changed. */
  update(): void {
    if (this.#hasEnded) return;
    const { columns, rows } = this.#terminal;
    this.#isLate = !this.#terminal.draw(this.#options.frame(columns, rows));
  }

  /** Draws everything at the next frame. */
  forget(): void {
    this.#terminal.forget();
  }

  /** Sends codes that draw nothing. */
  send(codes: string): void {
    this.#terminal.send(codes);
  }

  /** Stops the program, as Ctrl-Z does, until it is continued. */
  suspend(): void {
    this.#suspend(() => process.kill(0, 'SIGTSTP'));
  }

  /**
   * Ends this process as a lost terminal does by default, if the screen could not be restored because the terminal is
   * gone: Node aborts when it cannot restore the terminal at its exit.
   */
  hangUpIfLost(): void {
    if (!this.#terminal.isGone) return;
    process.removeAllListeners('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
  }

  /** Restores the screen before the error is printed: the alternate screen would take it along. */
  #crash(error: unknown): void {
    this.#terminal.close();
    const text = error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${this.#options.program}: unexpected error: ${text}\n`);
    process.exit(EXIT_FAILED);
  }

  /** Draws what one turn of the event loop has changed. */
  #updateSoon(): void {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    setImmediate(() => {
      this.#isDrawing = false;
      this.update();
    });
  }

  readonly #stopSelf = (): void => this.#suspend(() => process.kill(process.pid, 'SIGSTOP'));

  /** Restores the screen, and stops this process until it is continued. */
  #suspend(stop: () => void): void {
    this.#terminal.close();
    process.off('SIGTSTP', this.#stopSelf);
    stop();
    setTimeout(this.#resume, STOPPED_MS);
  }

  readonly #resume = (): void => {
    if (this.#hasEnded) return;
    process.off('SIGTSTP', this.#stopSelf);
    process.on('SIGTSTP', this.#stopSelf);
    // The shell may have changed the terminal since: everything is set again.
    this.#terminal.close();
    this.#terminal.open();
    this.#updateSoon();
  };
}
