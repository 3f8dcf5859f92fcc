import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { CSVTOOL_FLAGS } from '../../cmd/csvtool/flags.js';
import { describePrograms, type Programs } from '../../cmd/describe/programs.js';
import { FLAGS } from '../../cmd/tcp-info/flags.js';
import { SUBCOMMANDS } from '../../cmd/tcp-info/subcommands.js';
import { csvtoolPage, daemonPage } from '../../deploy/packages/manual/pages.js';
import { paragraph, plain, verbatim } from '../../deploy/packages/manual/roff.js';
import { havePrograms } from '../support/programs.js';

const EDITION = { version: '1.2.3', date: '2026-11-21' };
const itWithMandoc = it.skipIf(!havePrograms('the manual by mandoc', 'mandoc'));
const itWithGroff = it.skipIf(!havePrograms('the manual by groff', 'groff'));

/** Formats a page. `said` is the formatter's stderr. */
function format(program: string, args: readonly string[], page: string): { stdout: string; said: string } {
  const env = { PATH: process.env['PATH'], MANWIDTH: '100', LC_ALL: 'C.UTF-8' };
  const { stdout, stderr, status } = spawnSync(program, args, { input: page, encoding: 'utf8', env });
  return { stdout, said: status === 0 ? stderr : `${status} ${stderr}${stdout}` };
}

describe('the manual page', () => {
  let programs: Programs;
  beforeAll(async () => {
    programs = await describePrograms(SUBCOMMANDS);
  });
  const pages = () => [daemonPage(programs, EDITION), csvtoolPage(programs, EDITION)];

  itWithMandoc('passes mandoc without a message', () => {
    for (const page of pages()) expect(format('mandoc', ['-Tlint', '-Wstyle'], page).said).toBe('');
  });

  itWithGroff('passes groff without a warning, and has every flag, command and section', () => {
    const [daemon = '', csvtool = ''] = pages().map((page) => {
      const { stdout, said } = format('groff', ['-man', '-Tutf8', '-ww', '-P-cbou', '-rLL=100n'], page);
      expect(said).toBe('');
      return stdout;
    });
    for (const { name, help } of FLAGS) {
      expect(daemon).toContain(` -${name}`);
      expect(daemon.replaceAll(/\s+/g, ' ')).toContain(help);
    }
    for (const { name } of SUBCOMMANDS) expect(daemon).toContain(`tcp-info ${name} `);
    for (const { name } of CSVTOOL_FLAGS) expect(csvtool).toContain(` -${name}`);
    const sections = 'NAME SYNOPSIS DESCRIPTION OPTIONS COMMANDS ENVIRONMENT FILES SIGNALS EXIT METRICS EXAMPLES SEE';
    for (const title of sections.split(' ')) expect(daemon).toMatch(new RegExp(`^${title}`, 'm'));
    expect(daemon).toContain('tcp-info 1.2.3');
  });

  itWithGroff('escapes text that looks like markup', () => {
    const text = `${String.raw`.SH 'x' \fB "y" -z ^~`}\``;
    const page = `.TH X 1 2026-11-21\n.SH NAME\n${paragraph(plain(text))}${verbatim(`  ${text}\n\n.TH`)}`;
    const { stdout, said } = format('groff', ['-man', '-Tascii', '-ww', '-P-cbou'], page);
    expect(said).toBe('');
    expect(stdout.split(text)).toHaveLength(3);
    expect(stdout).toMatch(/^ +\.TH$/m);
  });
});
