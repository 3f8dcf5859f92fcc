import { formatCount, formatThings, type TextStyle } from '../../../view/chart/index.js';
import { type MaybeTerminal, textStyle } from '../../../view/index.js';
import { dataWriter } from '../../tool/data-writer.js';
import { write } from '../../tool/output.js';
import type { ServicesOptions } from './options.js';
import type { ShownService } from './shown-service.js';
import { servicesTable } from './table.js';

/** Services at a time. */
export interface ServicesView {
  /** RFC 3339. */
  readonly time: string;
  readonly services: readonly ShownService[];
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
/** Lines that are too long are cut at the edge; and continue on the next row again, for the program that writes next. */
const [CUT, WRAP] = ['\u001b[?7l', '\u001b[?7h'];

/** Creates the printer of a format. A terminal is drawn again, anything else appended to. */
export function createViews(stdout: MaybeTerminal, options: ServicesOptions): Views {
  if (options.format === 'json') return new JsonViews(stdout);
  const isDrawn = stdout.isTTY === true && options.watch !== undefined && process.env['TERM'] !== 'dumb';
  return new TextViews(stdout, options, isDrawn);
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
  readonly #isDrawn: boolean;
  #isFirst = true;

  constructor(stdout: MaybeTerminal, options: ServicesOptions, isDrawn: boolean) {
    this.#stdout = stdout;
    this.#options = options;
    this.#isDrawn = isDrawn;
  }

  async print({ services }: ServicesView): Promise<void> {
    const style = this.#style();
    const lines = [
      ...servicesTable(services, { hasClients: this.#options.clients, hasNetns: this.#hasNetns(services) }, style),
      style.paint('faint', footOf(services)),
    ];
    // The cells are safe for a terminal, and lines have colours.
    await write(this.#stdout, Buffer.from(this.#isDrawn ? this.#screen(lines) : this.#part(lines)));
    this.#isFirst = false;
  }

  #hasNetns(services: readonly ShownService[]): boolean {
    const { netns, api } = this.#options;
    return netns?.kind === 'all' || (api !== undefined && services.some((service) => service.netns !== null));
  }

  /** A terminal may change its width. A pipe or a file has none: nothing is cut. */
  #style(): TextStyle {
    const style = textStyle(this.#stdout, process.env);
    return this.#stdout.isTTY === true ? style : { ...style, width: Number.POSITIVE_INFINITY };
  }

  #part(lines: readonly string[]): string {
    return `${this.#isFirst ? '' : '\n'}${lines.join('\n')}\n`;
  }

  #screen(lines: readonly string[]): string {
    const rows = this.#stdout.rows ?? Number.POSITIVE_INFINITY;
    // One row is left for the cursor; what does not fit would scroll the titles away.
    const shown = lines.slice(0, Math.max(1, rows - 1));
    const text = shown.map((line) => `${line}${CLEAR_LINE}\n`).join('');
    return `${this.#isFirst ? CLEAR : ''}${CUT}${HOME}${text}${CLEAR_REST}${WRAP}`;
  }
}

function footOf(services: readonly ShownService[]): string {
  const connections = services.reduce((sum, service) => sum + service.connections, 0);
  const sums = `${formatThings(services.length, 'service')}, ${formatThings(connections, 'connection')}; `;
  if (services.every(({ accepted }) => accepted === null)) {
    return `${sums}bytes are those of open connections: a listing does not show ended ones`;
  }
  const accepted = services.reduce((sum, service) => sum + (service.accepted ?? 0), 0);
  const rejected = reasonsOf(services.map((service) => service.rejected ?? {}));
  const closed = reasonsOf(services.map((service) => service.closed ?? {}));
  return `${sums}since the start: accepted ${formatCount(accepted)}, rejected ${rejected}, closed ${closed}`;
}

/** Formats counts by reason: `41 (ip_limit 40, blacklist 1)`, the largest first. */
function reasonsOf(counts: readonly Readonly<Record<string, number>>[]): string {
  const sums = new Map<string, number>();
  for (const each of counts) {
    for (const [reason, count] of Object.entries(each)) sums.set(reason, (sums.get(reason) ?? 0) + count);
  }
  const some = [...sums].filter(([, count]) => count > 0).sort(([, a], [, b]) => b - a);
  const total = formatCount(some.reduce((sum, [, count]) => sum + count, 0));
  if (some.length === 0) return total;
  return `${total} (${some.map(([reason, count]) => `${reason} ${formatCount(count)}`).join(', ')})`;
}
