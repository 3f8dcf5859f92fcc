import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { FLAGS } from '../../cmd/tcp-info/flags.js';
import { packageVersion, versionLine } from '../../host/build-info.js';
import { it, runDaemon } from '../support/run.js';

/** Mistakes of users, and what the answer must contain: the given value and the accepted ones. */
const MISTAKES: readonly { readonly args: readonly string[]; readonly says: readonly string[] }[] = [
  { args: ['-scan.interval=10'], says: ['-scan.interval=10', '10ms'] },
  { args: ['-scan.interval=2h'], says: ['-scan.interval=2h', '1ms to 1h'] },
  { args: ['-scan.interval', 'soon'], says: ['-scan.interval=soon', '10ms'] },
  { args: ['-reps=-1'], says: ['-reps=-1', 'whole number'] },
  { args: ['--reps=many'], says: ['-reps=many', 'whole number'] },
  { args: ['--archive.rotate=500ms'], says: ['-archive.rotate=500ms', '1s to 3h'] },
  { args: ['--archive.flush-age=1'], says: ['-archive.flush-age=1', '100ms to 1h'] },
  { args: ['-exclude-srcport=80,65536'], says: ['-exclude-srcport=80,65536', '65536', '0 to 65535'] },
  { args: ['-exclude-srcport=-1'], says: ['-exclude-srcport=-1', '0 to 65535'] },
  { args: ['-exclude-dstip=localhost'], says: ['-exclude-dstip=localhost', '192.0.2.1'] },
  { args: ['-exclude-dstip=192.0.2.1,10.0.0.0/8'], says: ['10.0.0.0/8', '192.0.2.1'] },
  { args: ['-filter=exclude dport 99999'], says: ['-filter=', "rule 'exclude dport 99999'", '65535'] },
  { args: ['-filter=include dport 80; drop dport 81'], says: ["rule ' drop dport 81'", 'include or exclude'] },
  { args: ['-filter.explain', '-filter=exclude dst 10.0.0.1/8'], says: ['10.0.0.1/8', '10.0.0.0/8'] },
  { args: ['-anonymize.ip=netblok'], says: ['-anonymize.ip=netblok', 'none or netblock'] },
  {
    args: ['-prometheusx.listen-address=host:port'],
    says: ['-prometheusx.listen-address=host:port', '127.0.0.1:7070'],
  },
  { args: ['-prometheusx.listen-address=1.2.3:80'], says: ['-prometheusx.listen-address=1.2.3:80', 'HOST:PORT'] },
  { args: ['-prom=70707'], says: ['-prom=70707', '7070'] },
  { args: ['-prom=1', '-prometheusx.listen-address=:2'], says: ['-prom=1', '-prometheusx.listen-address=:2'] },
  { args: ['-logx.debug=maybe'], says: ['-logx.debug=maybe', 'true or false'] },
  { args: ['-trace=2'], says: ['-trace=2', 'true or false'] },
  { args: ['-logx.debug', 'false'], says: ['false', '-logx.debug=false'] },
  { args: ['-anonymise.ip=none'], says: ['-anonymise.ip', 'no such flag', '-anonymize.ip'] },
  { args: ['-reps'], says: ['-reps', 'needs a value'] },
  { args: ['start'], says: ['start', 'is not a flag'] },
  { args: ['-uuid-prefix-file=/nowhere/prefix'], says: ['-uuid-prefix-file=/nowhere/prefix', 'ENOENT'] },
];

describe('tcp-info', () => {
  it('--help lists every flag with its default, and exits with 0', async () => {
    const { code, stdout, stderr } = await runDaemon(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const unwrapped = stdout.replaceAll(/\s+/g, ' ');
    for (const { name, boolean, fallback } of FLAGS) {
      expect(unwrapped).toContain(` --${name} `);
      if (!boolean && fallback !== '') expect(unwrapped).toContain(` (default ${fallback}) `);
    }
    for (const name of ['--version', '--help']) expect(stdout).toContain(name);
    expect(stdout.split('\n').every((line) => line.length <= 100)).toBe(true);
    for (const also of ['-help', '-h']) {
      expect(await runDaemon([also])).toEqual({ code: 0, stdout, stderr: '' });
    }
  });

  it('lists the commands for an unknown first word, and accepts "help" as a command', async () => {
    const { code, stdout, stderr } = await runDaemon(['summry', 'data']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^tcp-info: summry: is not a flag and not a command \(export, .*\bsummary\b.*\); did you mean summary\? \(see --help\)\n$/,
    );
    expect(await runDaemon(['help'])).toEqual(await runDaemon(['--help']));
    expect(await runDaemon(['help', 'show'])).toEqual(await runDaemon(['show', '--help']));
  });

  it('--version prints the version of the package, and the commit of the build', async () => {
    expect(versionLine('tcp-info')).toContain(`tcp-info ${packageVersion()}`);
    const outcome = { code: 0, stdout: versionLine('tcp-info'), stderr: '' };
    expect(await runDaemon(['--version'])).toEqual(outcome);
    expect(await runDaemon(['-version'])).toEqual(outcome);
  });

  it('-filter.explain prints what is excluded and where, and opens nothing', async ({ folder }) => {
    const given = [`-output=${join(folder, 'never')}`, '-filter.explain', '-filter=exclude dport 443'];
    const { code, stdout, stderr } = await runDaemon(given, { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('  exclude dport 443  (-filter)\n');
    expect(stdout).toMatch(/^scans: \d+ bytes of bytecode/m);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.for(
    MISTAKES.map((each) => ({ ...each, given: each.args.join(' ') })),
  )('rejects $given before it opens anything', async ({ args, says }, { folder }) => {
    const output = join(folder, 'never');
    const eventSocket = join(folder, 'events.sock');
    const given = [`-output=${output}`, `-tcpinfo.eventsocket=${eventSocket}`, ...args];
    const { code, stdout, stderr } = await runDaemon(given, { cwd: folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    for (const part of says) expect(stderr).toContain(part);
    expect(stderr).toMatch(/^tcp-info: [^\n]+\n$/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.for([
    { name: 'SCAN_INTERVAL', value: 'bogus' },
    { name: 'ANONYMIZE_IP', value: 'typo' },
    { name: 'EXCLUDE_SRCPORT', value: 'http' },
    { name: 'EXCLUDE_DSTIP', value: '1.2.3' },
    { name: 'REPS', value: '1e3' },
    { name: 'PROMETHEUSX_LISTEN_ADDRESS', value: '9990x' },
    { name: 'LOGX_DEBUG', value: 'loud' },
  ])('rejects $name=$value in the environment', async ({ name, value }, { folder }) => {
    const { code, stderr } = await runDaemon([`-output=${join(folder, 'never')}`], { env: { [name]: value } });
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`^tcp-info: ${name}=${value} in the environment: .*expected .*\n$`));
    expect(existsSync(join(folder, 'never'))).toBe(false);
  });

  it('prefers a flag over the environment', async ({ folder }) => {
    // Both are wrong: the answer shows which one was used.
    const { stderr } = await runDaemon(['-reps=flag', `-output=${folder}`], { env: { REPS: 'environment' } });
    expect(stderr).toContain('-reps=flag');
    expect(stderr).not.toContain('environment');
  });

  it.for([
    { title: 'is empty', content: ' \n' },
    { title: 'holds a path', content: '../../etc/x' },
    { title: 'holds two lines', content: 'one\ntwo' },
    { title: 'is not UTF-8', content: Buffer.from([0x61, 0xff]) },
  ])('rejects a UUID prefix file that $title', async ({ content }, { folder }) => {
    const path = join(folder, 'prefix');
    writeFileSync(path, content);
    const { code, stderr } = await runDaemon([`-uuid-prefix-file=${path}`, `-output=${join(folder, 'never')}`]);
    expect(code).toBe(2);
    expect(stderr).toContain(`-uuid-prefix-file=${path}`);
    expect(existsSync(join(folder, 'never'))).toBe(false);
  });
});
