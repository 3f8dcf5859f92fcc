import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { havePrograms } from '../../support/programs.js';
import { tempFolder } from '../../support/temp.js';

const { scripts } = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../../package.json'), 'utf8')) as {
  scripts: Readonly<Record<string, string>>;
};
/** Scripts whose programs print colours even into a file, unless told not to. */
const COLOURFUL = ['test', 'test:docker', 'lint', 'format'];

/**
 * Runs a script as npm does, with programs that print their command lines. `runner` receives the script's command line.
 */
function run(name: string, runner: readonly string[], more = ''): string {
  const folder = tempFolder();
  for (const program of ['npm', 'node', 'vitest', 'biome']) {
    writeFileSync(join(folder, program), `#!/bin/sh\necho "${program} $* no_color=$NO_COLOR"\n`);
    chmodSync(join(folder, program), 0o755);
  }
  const [command = '', ...args] = [...runner, `${scripts[name]}${more}`];
  const env: NodeJS.ProcessEnv = { ...process.env, PATH: `${folder}:${process.env['PATH']}` };
  delete env['NO_COLOR'];
  const { status, stdout } = spawnSync(command, args, { env, encoding: 'utf8' });
  expect(status).toBe(0);
  return stdout.replaceAll('\r', '');
}

const isPlain = (line: string): boolean => line.includes('--colors=off') || line.endsWith('no_color=1');

describe('npm scripts', () => {
  it.each(COLOURFUL)('%s prints no colours into a file', (name) => {
    const lines = run(name, ['sh', '-c']).split('\n');
    const [shown = ''] = lines.filter((line) => /^(vitest|biome) /.test(line));
    expect(shown).not.toBe('');
    expect(isPlain(shown)).toBe(true);
  });

  it('test accepts more arguments', () => {
    expect(run('test', ['sh', '-c'], ' test/log')).toContain('vitest run test/log no_color=1\n');
  });

  it.skipIf(!havePrograms('npm scripts on a terminal', 'script')).each(COLOURFUL)(
    '%s keeps colours on a terminal',
    (name) => {
      const [shown = ''] = run(name, ['script', '-q', '-e', '/dev/null', '-c'])
        .split('\n')
        .filter((line) => /^(vitest|biome) /.test(line));
      expect(shown).not.toBe('');
      expect(isPlain(shown)).toBe(false);
    },
  );
});
