import type { ListedService } from '../../../services/census/index.js';
import { formatThings, type TextStyle } from '../../../view/chart/index.js';
import type { MaybeTerminal } from '../../../view/index.js';
import { dataWriter } from '../../tool/data-writer.js';
import { write } from '../../tool/output.js';
import type { ServicesOptions } from './options.js';
import { servicesTable } from './table.js';

/** Services at a time. */
export interface ServicesView {
  /** RFC 3339. */
  readonly time: string;
  readonly services: readonly ListedService[];
}

/** Printer of views. */
export interface Views {
  /** Prints a view. @throws OutputError */
  print(view: ServicesView): Promise<void>;
}

/** To the first place of the screen; to the end of a line, and of the screen: cleared. */
const [HOME, CLEAR_LINE, CLEAR_REST] = ['\u001b[H', '\u001b[K', '\u001b[J'];
/** The whole screen, cleared. */
const CLEAR = '\u001b[2J';

/** Creates the printer of a format. A terminal is drawn again, anything else appended to. */
export function createViews(stdout: MaybeTerminal, options: ServicesOptions, style: TextStyle): Views {
  if (options.format === 'json') return new JsonViews(stdout);
  const isDrawn = stdout.isTTY === true && options.watch !== undefined && process.env['TERM'] !== 'dumb';
  // A pipe or a file has no width: nothing is cut.
  const wide = stdout.isTTY === true ? style : { ...style, width: Number.POSITIVE_INFINITY };
  return new TextViews(stdout, options, wide, isDrawn);
}

class JsonViews implements Views {
  readonly #write: (bytes: Uint8Array) => Promise<void>;

  constructor(stdout: MaybeTerminal) {
    this.#write = dataWriter(stdout);
  }

  async print(view: ServicesView): Promise<void> {
    await this.#write(Buffer.from(`${JSON.stringify(view)}\n`));
  }
}

class TextViews implements Views {
  readonly #stdout: MaybeTerminal;
  readonly #options: ServicesOptions;
  readonly #style: TextStyle;
  readonly #isDrawn: boolean;
  #isFirst = true;

  constructor(stdout: MaybeTerminal, options: ServicesOptions, style: TextStyle, isDrawn: boolean) {
    this.#stdout = stdout;
    this.#options = options;
    this.#style = style;
    this.#isDrawn = isDrawn;
  }

  async print({ services }: ServicesView): Promise<void> {
    const lines = [
      ...servicesTable(
        services,
        { hasClients: this.#options.clients, hasNetns: this.#options.netns?.kind === 'all' },
        this.#style,
      ),
      this.#style.paint('faint', footOf(services)),
    ];
    // The cells are safe for a terminal, and lines have colours.
    await write(this.#stdout, Buffer.from(this.#isDrawn ? this.#screen(lines) : this.#part(lines)));
    this.#isFirst = false;
  }

  #part(lines: readonly string[]): string {
    return `${this.#isFirst ? '' : '\n'}${lines.join('\n')}\n`;
  }

  #screen(lines: readonly string[]): string {
    const rows = this.#stdout.rows ?? Number.POSITIVE_INFINITY;
    // One row is left for the cursor; what does not fit would scroll the titles away.
    const shown = lines.slice(0, Math.max(1, rows - 1));
    return `${this.#isFirst ? CLEAR : ''}${HOME}${shown.map((line) => `${line}${CLEAR_LINE}\n`).join('')}${CLEAR_REST}`;
  }
}

function footOf(services: readonly ListedService[]): string {
  const connections = services.reduce((sum, service) => sum + service.connections, 0);
  return (
    `${formatThings(services.length, 'service')}, ${formatThings(connections, 'connection')}; ` +
    'bytes are those of open connections: a listing does not show what was accepted, rejected and closed before'
  );
}
