import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import { beforeAll, describe, expect, it } from 'vitest';
import { CSVTOOL_FLAGS } from '../../../cmd/csvtool/flags.js';
import { FLAGS } from '../../../cmd/tcp-info/flags.js';
import { findSubcommand, SUBCOMMANDS } from '../../../cmd/tcp-info/subcommands.js';
import { havePrograms } from '../../support/programs.js';
import { tempFolder } from '../../support/temp.js';

interface Answer {
  /** Command line after the Tab key. */
  readonly line: string;
  /** Output of the shell. */
  readonly shown: string;
}

async function script(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [out, err] = [readAll(stdout), readAll(stderr)];
  const signals = { onShutdown: () => undefined };
  const code = (await findSubcommand(['completion'])?.run({ args, stdout, stderr, signals })) ?? -1;
  stdout.end();
  stderr.end();
  return { code, stdout: await out, stderr: await err };
}

const SHELLS = {
  bash: {
    argv: ['bash', '--norc', '--noprofile', '-i'],
    setup: [
      `bind 'set show-all-if-ambiguous on'; bind 'set page-completions off'; bind 'set completion-query-items 0'`,
      `bind 'set enable-bracketed-paste off'; bind 'set colored-stats off'`,
      `bind -x '"\\C-xp": echo "LINE<$READLINE_LINE>END"'; bind -x '"\\C-xq": READLINE_LINE=; echo CLE""AR'`,
    ],
    source: (file: string) => `source ${file}`,
  },
  zsh: {
    argv: ['zsh', '-f', '-i'],
    setup: [
      `PS1='READY>'; unsetopt zle_bracketed_paste 2>/dev/null; unset zle_bracketed_paste; LISTMAX=1000; unsetopt beep`,
      `autoload -U compinit && compinit -u -D`,
      `p() { zle -I; print -r -- "LINE<$BUFFER>END" }; q() { BUFFER=; zle -I; print "CLE""AR" }; zle -N p; zle -N q`,
      `bindkey -e; bindkey '^Xp' p; bindkey '^Xq' q`,
    ],
    source: (file: string) => `source ${file}`,
  },
} as const;

describe.for(['bash', 'zsh'] as const)('completion of %s', (shell) => {
  const { argv, setup, source } = SHELLS[shell];
  const itInShell = it.skipIf(!havePrograms(`completion of ${shell}`, shell, 'python3'));
  let text = '';

  beforeAll(async () => {
    text = (await script(shell)).stdout;
  });

  /** Types each case and the Tab key, in a folder with some files. */
  function complete(cases: readonly string[], more: readonly string[] = []): Answer[] {
    const folder = tempFolder();
    for (const name of ['archives', 'august']) mkdirSync(join(folder, name));
    for (const name of ['alone.jsonl.zst', 'with space.zst']) writeFileSync(join(folder, name), '');
    writeFileSync(join(folder, 'script'), text);
    const commands = [`cd ${folder}`, ...setup, source(join(folder, 'script')), ...more];
    const input = JSON.stringify({ setup: commands, cases });
    const python = ['-B', join(import.meta.dirname, 'shell.py'), ...argv];
    const { status, stdout, stderr } = spawnSync('python3', python, { input, encoding: 'utf8', timeout: 60_000 });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    return JSON.parse(stdout) as Answer[];
  }

  const lines = (cases: readonly string[], more: readonly string[] = []): string[] =>
    complete(cases, more).map(({ line }) => line);

  itInShell('inserts the only match', () => {
    const cases = {
      'tcp-info summ': 'tcp-info summary ',
      'tcp-info -anon': 'tcp-info -anonymize.ip=',
      'tcp-info --anon': 'tcp-info --anonymize.ip=',
      'tcp-info --anonymize.ip=net': 'tcp-info --anonymize.ip=netblock ',
      'tcp-info -anonymize.ip net': 'tcp-info -anonymize.ip netblock ',
      'tcp-info -filter.kern': 'tcp-info -filter.kernel=',
      'tcp-info -trac': 'tcp-info -trace ',
      'tcp-info -filter.kernel=f': 'tcp-info -filter.kernel=false ',
      'tcp-info -prom=7070 -output=arch': 'tcp-info -prom=7070 -output=archives/',
      'tcp-info -prom=:7070 -output arch': 'tcp-info -prom=:7070 -output archives/',
      'tcp-info -netns=al': 'tcp-info -netns=al',
      'tcp-info export --form': 'tcp-info export --format=',
      'tcp-info export --format=par': 'tcp-info export --format=parquet ',
      'tcp-info export --format pos --ddl=post': 'tcp-info export --format pos --ddl=postgresql ',
      'tcp-info query --format=jsonl "SELECT 1" arch': 'tcp-info query --format=jsonl "SELECT 1" archives/',
      'tcp-info show --html=x with': 'tcp-info show --html=x with\\ space.zst ',
      'tcp-info completion z': 'tcp-info completion zsh ',
      'tcp-info repair --dry': 'tcp-info repair --dry-run ',
      'tcp-info help repa': 'tcp-info help repair ',
      'csvtool -str': 'csvtool -strict ',
      'csvtool -columns=a': 'csvtool -columns=all ',
      'csvtool -clean alo': 'csvtool -clean alone.jsonl.zst ',
      'csvtool -- alo': 'csvtool -- alone.jsonl.zst ',
      'example-eventsocket-client --tcp': 'example-eventsocket-client --tcpinfo.eventsocket=',
      // No completion is possible: the line stays.
      'tcp-info -reps=': 'tcp-info -reps=',
      'tcp-info -nonsense=x': 'tcp-info -nonsense=x',
      'tcp-info nonsense': 'tcp-info nonsense',
    };
    const made = lines(Object.keys(cases));
    expect(Object.fromEntries(Object.keys(cases).map((typed, i) => [typed, made[i]]))).toEqual(cases);
  });

  itInShell('lists matching commands, flags, options and files', () => {
    const cases = ['tcp-info ', 'tcp-info -', 'tcp-info --', 'csvtool --', 'tcp-info export --', 'csvtool a'];
    const [commands, one, two, csvtool, exporting, files] = complete(cases).map(({ shown }) => shown);
    for (const { name } of SUBCOMMANDS) expect(commands).toContain(name);
    for (const { name } of FLAGS) {
      expect(one).toContain(`-${name}`);
      expect(two).toContain(`--${name}`);
    }
    for (const { name } of CSVTOOL_FLAGS) expect(csvtool).toContain(`--${name}`);
    for (const name of ['--format', '--columns', '--ddl', '--append', '--help']) expect(exporting).toContain(name);
    for (const name of ['archives/', 'august/', 'alone.jsonl.zst']) expect(files).toContain(name);
  });

  if (shell === 'bash') {
    itInShell('works when bash does not split words at =', () => {
      const cases = ['tcp-info --anonymize.ip=net', 'tcp-info -archive.m'];
      const [value, several] = complete(cases, ["COMP_WORDBREAKS=$' \\t\\n:'"]);
      expect(value?.line).toBe('tcp-info --anonymize.ip=netblock ');
      expect(several?.shown).toContain('-archive.max-buffered');
    });
  }

  it('rejects wrong arguments with an explanation', async () => {
    expect(await script()).toMatchObject({ code: 2, stdout: '' });
    expect(await script('fish')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('bash, zsh') });
    expect(await script(shell, shell)).toMatchObject({ code: 2, stdout: '' });
    const help = await script('--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toContain(`source <(tcp-info completion ${shell})`);
  });
});
