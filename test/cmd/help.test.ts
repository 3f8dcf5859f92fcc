import { describe, expect, it } from 'vitest';
import { USAGE as CSVTOOL_USAGE } from '../../cmd/csvtool/flags.js';
import { USAGE as CLIENT_USAGE } from '../../cmd/example-eventsocket-client/flags.js';
import { HELP_WIDTH, wrapParagraphs } from '../../cmd/flags/help.js';
import { ACTIONS } from '../../cmd/tcp-info/conntrack/actions.js';
import { helpText } from '../../cmd/tcp-info/help.js';
import { SUBCOMMANDS } from '../../cmd/tcp-info/subcommands.js';
import { tcpInfo } from '../support/tcp-info.js';

const COMMANDS = [...SUBCOMMANDS.map(({ name }) => [name]), ...ACTIONS.map(({ name }) => ['conntrack', name])];

describe('the help', () => {
  it.each(COMMANDS.map((words) => [words.join(' '), words] as const))('of tcp-info %s fits', async (_, words) => {
    const { code, stdout } = await tcpInfo(...words, '--help');
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: tcp-info ${words.join(' ')}`);
    expect(tooLong(stdout)).toEqual([]);
  });

  it.each([
    ['tcp-info', helpText()],
    ['csvtool', CSVTOOL_USAGE],
    ['example-eventsocket-client', CLIENT_USAGE],
  ])('of %s fits', (name, text) => {
    expect(text).toContain(`Usage: ${name}`);
    expect(tooLong(text)).toEqual([]);
  });
});

describe('wrapParagraphs', () => {
  it('joins and breaks paragraphs, and keeps tables, examples and empty lines', () => {
    const word = 'word'.padEnd(49, '.');
    expect(
      wrapParagraphs(`\n${word}\n${word} and ${word}\n\nTable:\n  a   ${word} ${word} ${word}\n\n  b\nEnd\nof it.\n`),
    ).toBe(`\n${word} ${word}\nand ${word}\n\nTable:\n  a   ${word} ${word} ${word}\n\n  b\nEnd of it.\n`);
  });
});

function tooLong(text: string): string[] {
  return text.split('\n').filter((line) => [...line].length > HELP_WIDTH);
}
