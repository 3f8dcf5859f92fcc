import type { MaybeTerminal } from '../../../view/index.js';
import { dataWriter } from '../../tool/data-writer.js';
import { write } from '../../tool/output.js';

/** Writer of JSON texts as lines, or as one array with a text on each line. */
export class RecordWriter {
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  readonly #isArray: boolean;
  #isFirst = true;

  constructor(stdout: MaybeTerminal, format: 'json' | 'jsonl') {
    this.#write = dataWriter(stdout);
    this.#isArray = format === 'json';
  }

  /** Writes texts of JSON values. @throws OutputError */
  async write(texts: readonly string[]): Promise<void> {
    if (texts.length === 0) return;
    const text = this.#isArray ? `${this.#isFirst ? '[\n' : ',\n'}${texts.join(',\n')}` : `${texts.join('\n')}\n`;
    this.#isFirst = false;
    await this.#write(Buffer.from(text));
  }

  /** Ends an array. @throws OutputError */
  async finish(): Promise<void> {
    if (this.#isArray) await this.#write(Buffer.from(this.#isFirst ? '[]\n' : '\n]\n'));
  }
}

/** Writer of lines of text. */
export class TextLines {
  readonly #write: (bytes: Uint8Array) => Promise<void>;

  constructor(stdout: MaybeTerminal) {
    // Lines have colours on a terminal, and their texts are safe already.
    this.#write = (bytes) => write(stdout, bytes);
  }

  /** Writes lines. @throws OutputError */
  async write(lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await this.#write(Buffer.from(`${lines.join('\n')}\n`));
  }

  /** Does nothing: lines have no end. */
  async finish(): Promise<void> {
    // Each line is complete.
  }
}
