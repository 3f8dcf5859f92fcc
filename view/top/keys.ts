/** Key that was pressed: a name, such as `up` or `ctrl-c`, or `text` with the letters. */
export interface Key {
  readonly name: KeyName;
  /** Letters of `text`, or the answer of `report`. */
  readonly text: string;
}

/** Names of keys. `report` is an answer of the terminal. */
export type KeyName =
  | 'text'
  | 'enter'
  | 'tab'
  | 'backtab'
  | 'backspace'
  | 'delete'
  | 'escape'
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'home'
  | 'end'
  | 'pageup'
  | 'pagedown'
  | 'ctrl-a'
  | 'ctrl-c'
  | 'ctrl-d'
  | 'ctrl-e'
  | 'ctrl-k'
  | 'ctrl-l'
  | 'ctrl-u'
  | 'ctrl-w'
  | 'ctrl-z'
  | 'report';

const CONTROLS: Readonly<Record<string, KeyName | undefined>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u0001': 'ctrl-a',
  '\u0003': 'ctrl-c',
  '\u0004': 'ctrl-d',
  '\u0005': 'ctrl-e',
  '\u000b': 'ctrl-k',
  '\u000c': 'ctrl-l',
  '\u0015': 'ctrl-u',
  '\u0017': 'ctrl-w',
  '\u001a': 'ctrl-z',
};

/** Names by the end of a sequence, without parameters that say which of Shift, Alt and Ctrl were held. */
const SEQUENCES: Readonly<Record<string, KeyName | undefined>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  Z: 'backtab',
  '1~': 'home',
  '7~': 'home',
  '4~': 'end',
  '8~': 'end',
  '3~': 'delete',
  '5~': 'pageup',
  '6~': 'pagedown',
};

const ESC = '\u001b';
/** A whole sequence: CSI with parameters, or SS3 with one letter. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what keys send
const SEQUENCE = /^\u001b(?:\[([?<>=]?)([\d;]*)([ -/]*[@-~])|O([A-Za-z]))/;
/** Beginning of a sequence that may go on. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what keys send
const UNFINISHED = /^\u001b(?:\[[?<>=]?[\d;]*[ -/]*|O)?$/;
/** Longest sequence that is waited for. */
const LONGEST = 32;

/** Reads the keys of a terminal's input, which may cut sequences anywhere. */
export class KeyDecoder {
  #rest = '';

  /** True while a sequence may go on: an Escape that stands alone is one too. */
  get isWaiting(): boolean {
    return this.#rest !== '';
  }

  /** Returns the keys of the next piece of input. */
  push(input: string): Key[] {
    let text = this.#rest + input;
    this.#rest = '';
    const keys: Key[] = [];
    while (text !== '') {
      if (text.startsWith(ESC) && UNFINISHED.test(text) && text.length < LONGEST) {
        this.#rest = text;
        break;
      }
      const { key, length } = firstKey(text);
      if (key !== undefined) keys.push(key);
      text = text.slice(length);
    }
    return keys;
  }

  /** Returns the keys of a sequence that did not go on: Escape, and letters after it. */
  flush(): Key[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' ? [] : [{ name: 'escape', text: '' }];
  }
}

function firstKey(text: string): { readonly key: Key | undefined; readonly length: number } {
  const [first = ''] = text;
  if (first === ESC) return escapeSequence(text);
  const control = CONTROLS[first];
  if (control !== undefined) return { key: { name: control, text: '' }, length: 1 };
  if (/^\p{Cc}/u.test(first)) return { key: undefined, length: 1 };
  return { key: { name: 'text', text: first }, length: first.length };
}

function escapeSequence(text: string): { readonly key: Key | undefined; readonly length: number } {
  const [whole, mark, parameters = '', end = '', letter] = SEQUENCE.exec(text) ?? [];
  // Escape, and another key behind it.
  if (whole === undefined) return { key: { name: 'escape', text: '' }, length: 1 };
  const { length } = whole;
  if (mark === '?') return { key: { name: 'report', text: `${parameters}${end}` }, length };
  const [first = ''] = parameters.split(';');
  const name = SEQUENCES[letter ?? (end === '~' ? `${first}~` : end)];
  return { key: name === undefined ? undefined : { name, text: '' }, length };
}
