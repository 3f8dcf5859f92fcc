import { StringDecoder } from 'node:string_decoder';
import type { MaybeTerminal } from '../../view/index.js';
import { printable } from '../../words/index.js';
import { write } from './output.js';

/**
 * Returns a function that writes bytes and waits until the stream has passed them on; it throws OutputError. Files and
 * pipes get the bytes unchanged. For a terminal, control characters are replaced, shown as `\u{1b}`: no archive can
 * move the cursor, hide text or type commands.
 */
export function dataWriter(stream: MaybeTerminal): (bytes: Uint8Array) => Promise<void> {
  if (stream.isTTY !== true) return (bytes) => write(stream, bytes);
  const harmless = terminalText();
  return (bytes) => write(stream, harmless(bytes));
}

/** Makes chunks of text safe for a terminal. A character may begin in one chunk and end in the next. */
export function terminalText(): (bytes: Uint8Array) => Buffer {
  const decoder = new StringDecoder('utf8');
  return (bytes) => Buffer.from(harmlessText(decoder.write(Buffer.from(bytes))));
}

/** Replaces control characters, which a terminal would execute; keeps line breaks and tabs. */
export function harmlessText(text: string): string {
  return text.replaceAll(/[^\n\t]+/g, (part) => printable(part, { unicode: true }));
}
