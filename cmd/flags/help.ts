import type { DocumentedFlag } from './go-args.js';

/** Columns of a help text. */
const WIDTH = 120;

/** Returns the help text of these flags: two columns, each line with its newline. */
export function flagsHelp(flags: readonly DocumentedFlag[]): string {
  const heads = flags.map(({ name, placeholder }) => `-${name}${placeholder === undefined ? '' : ` ${placeholder}`}`);
  const indent = Math.max(...heads.map((head) => head.length)) + 4;
  const rows = flags.map(({ help }, i) => {
    const [first = '', ...more] = wrap(help, WIDTH - indent);
    return [`  ${heads[i] ?? ''}`.padEnd(indent) + first, ...more.map((line) => ' '.repeat(indent) + line)].join('\n');
  });
  return `${rows.join('\n')}\n`;
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
