import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const CHECK = join(import.meta.dirname, '../../.ci/checks/english.mjs');
const FOLDER = mkdtempSync(join(tmpdir(), 'english-'));
afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

/** Runs the check on one file; returns its exit code and output. */
function check(name: string, text: string): { readonly code: number; readonly output: string } {
  const path = join(FOLDER, name);
  writeFileSync(path, text);
  try {
    return { code: 0, output: execFileSync(process.execPath, [CHECK, path], { encoding: 'utf8', stdio: 'pipe' }) };
  } catch (error) {
    const { status, stdout } = error as { readonly status: number; readonly stdout: string };
    return { code: status, output: stdout };
  }
}

/** Sentences of this project as they once were. */
const BAD = [
  'What {@link createMetrics} has to be told.',
  'What the daemon tells of itself.',
  "The addon cannot be loaded. `cause` is the loader's own error, where a file was there.",
  'The jobs of one connection, as the one sees it who does them.',
  'How often it is looked whether there is something to do.',
  'Errors of an open file that say nothing of the disk: too long.',
  'Of those of which some was missed it is said that there is more.',
  'Of which nothing is known.',
  'A gauge likewise. Series that are not told of any more show no more.',
  'Where what a tool makes goes.',
  "Those behind the subcommand's name.",
  'It is recorded no more.',
  'Draws it.',
  'Its end.',
  "Whether Halt() was called: what is still in the queue is nobody's any more.",
  'This was the word that is awaited of it.',
  'Events come first: whoever reads them is told of a connection.',
  'Have the kernel leave out what it can: on, with which all is copied, and left out here.',
  'Mode of archives; folders get x where it has r. At least 0600.',
  'records that the disk does not take are dropped',
  'archive has been written again for a while',
  'without destroy events connections are missed, and final counters',
  'destroy events broke off; listening is begun anew',
  'network namespaces cannot be looked for everywhere',
  'Number of destroy events received, by what they were.',
  'Number of archives that retention deleted, by why.',
];

describe('check of plain English', () => {
  it.each(BAD)('finds: %s', (sentence) => {
    const { code, output } = check('caption.ts', `\n/** ${sentence} */\nexport const x = 1;\n`);
    expect(output).toContain('caption.ts:2: ');
    expect(code).toBe(1);
  });

  it('finds a phrase in each kind of text, and names file, line and rule', () => {
    expect(check('line.ts', 'const a = 1; // nobody waits\n').output).toContain('line.ts:1: "nobody" (nobody)');
    expect(check('text.ts', "fail('the client is told of it');\n").output).toContain('"told of" (told of)');
    expect(check('template.ts', 'fail(`$' + '{n} clients are told of it`);\n').output).toContain('"told of"');
    expect(check('two-lines.ts', '/**\n * Clients that are told\n * of it.\n */\n').output).toContain(
      'two-lines.ts:2:',
    );
    expect(check('class.h', '/** Reads it all. */\n// somebody waits\n').output).toContain('class.h:2: "somebody"');
    expect(check('page.md', '# Page\n\nThe readers, of which two wait.\n').output).toContain('page.md:3: "of which"');
  });

  it('finds nothing in plain sentences, in code, and in examples of a page', () => {
    const plain = '/** Options of {@link repair}. */\nexport const whoever = of(which);\nreads("no more than 3");\n';
    expect(check('plain.ts', plain)).toEqual({ code: 0, output: 'English: nothing found\n' });
    expect(check('plain.cc', 'const char* a = "nobody knows this text";\n').code).toBe(0);
    expect(check('example.md', 'Run `nobody`:\n\n```sh\nid nobody\n```\n').code).toBe(0);
  });

  it('finds no phrase in the rules of captions that only begins a sentence further on', () => {
    expect(check('second.ts', '/** Bytes of a frame. What follows is padding. */\n').code).toBe(0);
  });
});
