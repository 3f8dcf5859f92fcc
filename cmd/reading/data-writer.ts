import { StringDecoder } from 'node:string_decoder';
import { printable } from '../../chart/index.js';
import { write } from './output.js';
import type { MaybeTerminal } from './terminal.js';

/**
 * Writes data: to a file or a pipe the bytes as they are, and to a terminal without what it would take for a command.
 * Whatever an archive holds, it moves no cursor, hides nothing and types nothing: such letters are shown as `\u{1b}`.
 * @returns what writes bytes and waits until the stream has passed them on; it throws OutputError
 */
export function dataWriter(stream: MaybeTerminal): (bytes: Uint8Array) => Promise<void> {
  if (stream.isTTY !== true) return (bytes) => write(stream, bytes);
  const harmless = terminalText();
  return (bytes) => write(stream, harmless(bytes));
}

/** Makes pieces of text fit for a terminal, one after the other; a letter may begin in one and end in the next. */
export function terminalText(): (bytes: Uint8Array) => Buffer {
  const decoder = new StringDecoder('utf8');
  return (bytes) => Buffer.from(harmlessText(decoder.write(Buffer.from(bytes))));
}

/** A text without what a terminal would take for a command; line breaks and tabs stay. */
export function harmlessText(text: string): string {
  return text.replaceAll(/[^\n\t]+/g, (part) => printable(part, { unicode: true }));
}
