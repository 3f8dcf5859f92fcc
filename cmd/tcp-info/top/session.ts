import type { ReadStream, WriteStream } from 'node:tty';
import {
  type Effect,
  fitModel,
  LEAST_COLUMNS,
  LEAST_ROWS,
  press,
  smallFrame,
  type TopModel,
  type TopSource,
  topFrame,
} from '../../../view/top/index.js';
import { EXIT_OK } from '../../flags/exit-codes.js';
import type { CommandContext } from '../../tool/command-context.js';
import { TerminalSession } from '../../tool/terminal-session.js';
import { SourceEffects } from './effects.js';
import { PROGRAM } from './options.js';

/** Options of {@link runSession}. */
export interface SessionOptions {
  readonly model: TopModel;
  readonly source: TopSource;
  readonly input: ReadStream;
  readonly output: WriteStream & { readonly fd: number };
  readonly hasColours: boolean;
  readonly signals: CommandContext['signals'];
}

/** Shows the connections on a terminal until the user quits. Returns the exit code. */
export async function runSession({ model, source, ...terminal }: SessionOptions): Promise<number> {
  const session: TerminalSession = new TerminalSession({
    ...terminal,
    program: PROGRAM,
    onKey: (key) => press(model, key, now()),
    frame: (columns, rows) => {
      // The model is never smaller than what can be drawn: it is drawn once the terminal is large enough.
      fitModel(model, Math.max(LEAST_COLUMNS, columns), Math.max(LEAST_ROWS, rows), now());
      for (const effect of model.takeEffects()) run(effect);
      return smallFrame(columns, rows) ?? topFrame(model, now());
    },
  });
  const effects = new SourceEffects({ model, source, now, onChange: () => session.update() });
  model.need({ kind: 'subscribe' });
  try {
    return await session.run();
  } finally {
    effects.stop();
    session.hangUpIfLost();
  }

  /** Does what the model needs. */
  function run(effect: Effect): void {
    switch (effect.kind) {
      case 'quit':
        session.end(EXIT_OK);
        break;
      case 'redraw':
        session.forget();
        break;
      case 'suspend':
        session.suspend();
        break;
      case 'copy':
        // OSC 52: the terminal takes the text to the clipboard.
        session.send(`\u001b]52;c;${Buffer.from(effect.text).toString('base64')}\u0007`);
        break;
      default:
        effects.run(effect);
    }
  }
}

function now(): number {
  return performance.now();
}
