import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { environmentName } from '../../cmd/flags/go-args.js';
import { resolveConfig } from '../../cmd/tcp-info/config.js';
import { FLAGS } from '../../cmd/tcp-info/flags.js';
import { havePrograms } from '../support/programs.js';
import { tempFolder } from '../support/temp.js';
import { defaultsFile } from './defaults-file.js';

const SYSTEMD = resolve(import.meta.dirname, '../../deploy/systemd');
const UNIT = 'tcp-info.service';
const DROP_INS = readdirSync(join(SYSTEMD, 'drop-ins'));
/** Highest accepted score of `systemd-analyze security`, of 10.0. Other versions score differently from Debian 12's. */
const MOST_EXPOSED = 1.5;

const unitText = readFileSync(join(SYSTEMD, UNIT), 'utf8');

/** Returns the assignments of a unit to one key. */
function settings(text: string, key: string): string[] {
  return text.split('\n').flatMap((line) => (line.startsWith(`${key}=`) ? [line.slice(key.length + 1)] : []));
}

/** Returns the variables that a unit sets. */
function environmentOf(text: string): [string, string][] {
  return settings(text, 'Environment').map((each) => {
    const at = each.indexOf('=');
    return [each.slice(0, at), each.slice(at + 1)];
  });
}

/** Runs systemd-analyze on the unit, with a program that exists. */
function analyze(
  command: readonly string[],
  text: string,
  dropIns: readonly string[] = [],
): { code: number | null; output: string } {
  const folder = tempFolder();
  mkdirSync(join(folder, `${UNIT}.d`));
  writeFileSync(join(folder, UNIT), text.replaceAll('/usr/bin/tcp-info', process.execPath));
  for (const name of dropIns) {
    writeFileSync(join(folder, `${UNIT}.d`, name), readFileSync(join(SYSTEMD, 'drop-ins', name)));
  }
  // Without this it uses colours and a pager.
  const env = { PATH: process.env['PATH'], SYSTEMD_COLORS: '0', SYSTEMD_PAGER: 'cat' };
  const { status, stdout, stderr } = spawnSync('systemd-analyze', [...command, join(folder, UNIT)], {
    encoding: 'utf8',
    env,
  });
  return { code: status, output: stdout + stderr };
}

const canAnalyze = havePrograms('systemd-analyze of the unit', 'systemd-analyze');

describe('the systemd unit', () => {
  const verify = ['verify', '--man=no'];

  it.skipIf(!canAnalyze)('passes systemd-analyze verify, alone and with each drop-in', () => {
    for (const dropIns of [[], ...DROP_INS.map((name) => [name]), DROP_INS]) {
      expect(analyze(verify, unitText, dropIns), dropIns.join()).toEqual({ code: 0, output: '' });
    }
  });

  it.skipIf(!canAnalyze).each([
    ['an unknown setting', 'ProtectClock=', 'ProtectClocks=', /ProtectClocks/],
    ['an unknown system call group', '@resources', '@resource', /@resource\b/],
    ['a missing program', '/bin/kill', '/bin/kil', /\/bin\/kil\b/],
  ] as const)('is reported with %s', (_, from, to, complaint) => {
    expect(analyze(verify, unitText.replace(from, to)).output).toMatch(complaint);
  });

  it.skipIf(!canAnalyze)('has an exposure score within the documented limit', () => {
    const security = ['security', '--offline=true', `--threshold=${MOST_EXPOSED * 10}`];
    const { code, output } = analyze(security, unitText);
    const [, level] = /Overall exposure level for tcp-info\.service: ([\d.]+) /.exec(output) ?? [];
    expect(Number(level)).toBeLessThanOrEqual(MOST_EXPOSED);
    expect(code).toBe(0);
    expect(analyze(security, unitText.replace(/^SystemCallFilter=.*$/gm, '')).code).not.toBe(0);
    const document = readFileSync(join(SYSTEMD, '../../docs/systemd.md'), 'utf8');
    if (analyze(['--version'], unitText).output.startsWith('systemd 252 ')) {
      expect(document).toContain(`exposure level of ${level} `);
    }
  });

  it('sets only variables of flags, with values that the program accepts', () => {
    const known = new Set(FLAGS.map(({ name }) => environmentName(name)));
    const texts = [unitText, ...DROP_INS.map((name) => readFileSync(join(SYSTEMD, 'drop-ins', name), 'utf8'))];
    const variables = texts.flatMap(environmentOf);
    expect(variables.length).toBeGreaterThan(4);
    expect(variables.filter(([name]) => !known.has(name))).toEqual([]);
    const { output, uuidPrefixFile, eventSocket, live, stream } = resolveConfig([], Object.fromEntries(variables), '/');
    // Folders that the unit may write.
    expect(output).toBe('/var/lib/tcp-info');
    expect(texts.flatMap((text) => settings(text, 'StateDirectory'))).toEqual([
      'tcp-info',
      'tcp-info-stream',
      'tcp-info-recordings',
    ]);
    expect(stream?.output).toBe('/var/lib/tcp-info-stream');
    expect([uuidPrefixFile, eventSocket]).toEqual(['/run/tcp-info/uuid-prefix', '/run/tcp-info/events.sock']);
    expect(live?.listeners).toEqual([{ path: '/run/tcp-info/live.sock' }]);
    expect(settings(unitText, 'RuntimeDirectory')).toEqual(['tcp-info']);
  });
});

describe('/etc/default/tcp-info', () => {
  const path = join(SYSTEMD, 'tcp-info.default');

  it('lists every flag with its meaning and default, commented out', () => {
    const expected = defaultsFile(FLAGS, Object.fromEntries(environmentOf(unitText)));
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(path, expected);
    expect(readFileSync(path, 'utf8'), 'UPDATE_GOLDEN=1 npx vitest run --project unit test/deploy').toBe(expected);
    expect(expected.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });

  it('has values that the program accepts', () => {
    const lines = readFileSync(path, 'utf8').split('\n');
    const variables = lines.flatMap((line) => {
      const [, name, value] = /^#([A-Z0-9_]+)=(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value]];
    });
    expect(variables.length).toBe(FLAGS.length - 2);
    expect(() => resolveConfig([], Object.fromEntries(variables), '/')).not.toThrow();
  });
});

describe('the sysctl file', () => {
  it('sets keys that the kernel has', () => {
    const lines = readFileSync(join(SYSTEMD, 'tcp-info.sysctl.conf'), 'utf8').split('\n');
    const settled = lines.flatMap((line) => /^([a-z_.]+) = (\d+)$/.exec(line)?.[1] ?? []);
    expect(settled).toHaveLength(lines.filter((line) => line !== '' && !line.startsWith('#')).length);
    expect(settled.filter((name) => !existsSync(join('/proc/sys', ...name.split('.'))))).toEqual([]);
  });
});
