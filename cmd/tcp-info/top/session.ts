import type { ReadStream, WriteStream } from 'node:tty';
import {
  COLOUR_STYLES,
  type Effect,
  fitModel,
  LEAST_COLUMNS,
  LEAST_ROWS,
  PLAIN_STYLES,
  press,
  smallFrame,
  type TopModel,
  type TopSource,
  topFrame,
} from '../../../view/top/index.js';
import { EXIT_FAILED, EXIT_OK } from '../../flags/exit-codes.js';
import { signalExitCode } from '../../flags/signals.js';
import type { CommandContext } from '../../tool/command-context.js';
import { SourceEffects } from './effects.js';
import { Terminal } from './terminal.js';

/** Options of {@link runSession}. */
export interface SessionOptions {
  readonly model: TopModel;
  readonly source: TopSource;
  readonly input: ReadStream;
  readonly output: WriteStream & { readonly fd: number };
  readonly hasColours: boolean;
  readonly signals: CommandContext['signals'];
}

/** Interval at which ages on the screen are drawn again. */
const AGES_MS = 1000;
/** Time until a suspended program is sure to be stopped; it runs on when it continues. */
const STOPPED_MS = 50;

/** Shows the connections on a terminal until the user quits. Returns the exit code. */
export async function runSession(options: SessionOptions): Promise<number> {
  const session = new Session(options);
  const exitCode = await session.run();
  if (session.hasLostTerminal) hangUp();
  return exitCode;
}

/** Ends this process as a lost terminal does by default: Node aborts when it cannot restore the terminal at its exit. */
function hangUp(): void {
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}

class Session {
  readonly #model: TopModel;
  readonly #terminal: Terminal;
  readonly #effects: SourceEffects;
  readonly #options: SessionOptions;
  #end: (exitCode: number) => void = () => undefined;
  /** True when the screen is not up to date, because the terminal does not take output. */
  #isLate = false;
  #isDrawing = false;
  #hasEnded = false;

  constructor(options: SessionOptions) {
    const { model, source, input, output, hasColours } = options;
    this.#options = options;
    this.#model = model;
    this.#terminal = new Terminal(input, output, hasColours ? COLOUR_STYLES : PLAIN_STYLES, {
      onKey: (key) => {
        press(model, key, now());
        this.#update();
      },
      onResize: () => {
        this.#terminal.forget();
        this.#update();
      },
      onReady: () => {
        if (this.#isLate) this.#update();
      },
      onGone: () => this.#end(EXIT_OK),
    });
    this.#effects = new SourceEffects({ model, source, now, onChange: () => this.#update() });
  }

  /** True if the terminal could not be restored, because it is gone. */
  get hasLostTerminal(): boolean {
    return this.#terminal.isGone;
  }

  async run(): Promise<number> {
    const ended = new Promise<number>((resolve) => {
      this.#end = resolve;
    });
    const quit = (signal: string): void => this.#end(signalExitCode(signal));
    this.#options.signals.onShutdown(quit, quit);
    const hangUp = (): void => this.#end(EXIT_OK);
    const crash = (error: unknown): void => this.#crash(error);
    const handlers = { SIGHUP: hangUp, SIGTSTP: this.#stopSelf, SIGCONT: this.#resume, uncaughtException: crash };
    for (const [event, handler] of Object.entries(handlers)) process.on(event, handler);
    const ages = setInterval(() => this.#updateSoon(), AGES_MS);
    try {
      this.#terminal.open();
      this.#model.need({ kind: 'subscribe' });
      this.#update();
      return await ended;
    } finally {
      this.#hasEnded = true;
      clearInterval(ages);
      this.#effects.stop();
      this.#terminal.close();
      for (const [event, handler] of Object.entries(handlers)) process.off(event, handler);
    }
  }

  /** Restores the screen before the error is printed: the alternate screen would take it along. */
  #crash(error: unknown): void {
    this.#terminal.close();
    process.stderr.write(`tcp-info top: unexpected error: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(EXIT_FAILED);
  }

  /** Draws what one turn of the event loop has changed. */
  #updateSoon(): void {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    setImmediate(() => {
      this.#isDrawing = false;
      this.#update();
    });
  }

  /** Does what the model needs, and draws it. */
  #update(): void {
    if (this.#hasEnded) return;
    const { columns, rows } = this.#terminal;
    // The model is never smaller than what can be drawn: it is drawn once the terminal is large enough.
    fitModel(this.#model, Math.max(LEAST_COLUMNS, columns), Math.max(LEAST_ROWS, rows), now());
    for (const effect of this.#model.takeEffects()) this.#run(effect);
    this.#isLate = !this.#terminal.draw(smallFrame(columns, rows) ?? topFrame(this.#model, now()));
  }

  #run(effect: Effect): void {
    switch (effect.kind) {
      case 'quit':
        this.#end(EXIT_OK);
        break;
      case 'redraw':
        this.#terminal.forget();
        break;
      case 'suspend':
        this.#suspend(() => process.kill(0, 'SIGTSTP'));
        break;
      case 'copy':
        // OSC 52: the terminal takes the text to the clipboard.
        this.#terminal.send(`\u001b]52;c;${Buffer.from(effect.text).toString('base64')}\u0007`);
        break;
      default:
        this.#effects.run(effect);
    }
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

function now(): number {
  return performance.now();
}
