import type { DocumentedFlag } from './go-args.js';

/** Most columns of a line in the help of any program. */
export const HELP_WIDTH = 100;

/** Returns the help text of these flags: two columns, each line with its newline. */
export function flagsHelp(flags: readonly DocumentedFlag[]): string {
  const heads = flags.map(({ name, placeholder }) => `-${name}${placeholder === undefined ? '' : ` ${placeholder}`}`);
  const indent = Math.max(...heads.map((head) => head.length)) + 4;
  const rows = flags.map(({ help }, i) => {
    const [first = '', ...more] = wrap(help, HELP_WIDTH - indent);
    return [`  ${heads[i] ?? ''}`.padEnd(indent) + first, ...more.map((line) => ' '.repeat(indent) + line)].join('\n');
  });
  return `${rows.join('\n')}\n`;
}

/**
 * Breaks the paragraphs of a help text anew, at {@link HELP_WIDTH}. Lines that begin with a space are tables and
 * examples, which stay as they are, and so do empty lines.
 */
export function wrapParagraphs(text: string): string {
  return text.replaceAll(/^\S.*(?:\n\S.*)*/gm, (paragraph) =>
    wrap(paragraph.replaceAll('\n', ' '), HELP_WIDTH).join('\n'),
  );
}

/** Breaks a text at its spaces into lines of at most this width; a longer word gets a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
