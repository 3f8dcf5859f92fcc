import { letterWidth } from '../../../view/chart/index.js';

/** Cell of a {@link TerminalModel}. */
interface ModelCell {
  readonly text: string;
  readonly style: string;
}

const BLANK: ModelCell = { text: ' ', style: '' };
// biome-ignore lint/suspicious/noControlCharactersInRegex: codes of a terminal
const CODE = /^\u001b\[(\??[\d;]*)([A-Za-z])/;

/** A terminal that knows the codes that a screen's changes may have, and rejects all others. */
export class TerminalModel {
  readonly #cells: ModelCell[];
  #row = 0;
  #column = 0;
  #style = '';

  constructor(
    readonly columns: number,
    readonly rows: number,
  ) {
    this.#cells = new Array<ModelCell>(columns * rows).fill(BLANK);
  }

  /** Applies output. @throws Error for a code or place that a terminal of this size does not have */
  write(output: string): void {
    let rest = output;
    while (rest !== '') {
      const [whole, parameters = '', letter] = CODE.exec(rest) ?? [];
      if (whole !== undefined) {
        this.#code(parameters, letter ?? '');
        rest = rest.slice(whole.length);
        continue;
      }
      const [first = ''] = rest;
      if (/\p{Cc}/u.test(first)) throw new Error(`control character ${JSON.stringify(rest.slice(0, 20))}`);
      this.#put(first);
      rest = rest.slice(first.length);
    }
  }

  /** Letters and styles of a row. */
  row(row: number): readonly ModelCell[] {
    return this.#cells.slice(row * this.columns, (row + 1) * this.columns);
  }

  #code(parameters: string, letter: string): void {
    switch (letter) {
      case 'H': {
        const [row = 1, column = 1] = parameters.split(';').map(Number);
        if (row > this.rows || column > this.columns) throw new Error(`place ${parameters} is not on the screen`);
        [this.#row, this.#column] = [row - 1, column - 1];
        break;
      }
      case 'J':
        this.#cells.fill(BLANK);
        break;
      case 'K':
        for (let column = this.#column; column < this.columns; column++) this.#set(column, BLANK);
        break;
      case 'm':
        this.#style = parameters === '0' ? '' : parameters.replace(/^0;/, '');
        break;
      default:
        throw new Error(`unexpected code ${parameters}${letter}`);
    }
  }

  #put(letter: string): void {
    const width = letterWidth(letter);
    if (width === 0) {
      const at = this.#column - (this.#cell(this.#column - 1)?.text === '' ? 2 : 1);
      this.#set(at, { text: (this.#cell(at)?.text ?? '') + letter, style: this.#cell(at)?.style ?? '' });
      return;
    }
    if (this.#column + width > this.columns) throw new Error(`${JSON.stringify(letter)} is beyond the edge`);
    this.#breakWide(this.#column);
    if (width === 2) this.#breakWide(this.#column + 1);
    this.#set(this.#column, { text: letter, style: this.#style });
    if (width === 2) this.#set(this.#column + 1, { text: '', style: this.#style });
    this.#column += width;
  }

  /** Blanks the other half of a wide letter, as terminals do when one half is written over. */
  #breakWide(column: number): void {
    if (this.#cell(column)?.text === '') this.#set(column - 1, BLANK);
    if (this.#cell(column + 1)?.text === '') this.#set(column + 1, BLANK);
  }

  #cell(column: number): ModelCell | undefined {
    return this.#cells[this.#row * this.columns + column];
  }

  #set(column: number, cell: ModelCell): void {
    this.#cells[this.#row * this.columns + column] = cell;
  }
}
