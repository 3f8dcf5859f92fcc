import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { helpText } from '../../cmd/tcp-info/help.js';
import { RepairReport } from '../../cmd/tcp-info/repair/report.js';
import { findSubcommand } from '../../cmd/tcp-info/subcommands.js';
import { compressFrame } from '../../zstd/index.js';
import { tcpInfo } from '../support/tcp-info.js';
import { tempFolder } from '../support/temp.js';

const LINE = await compressFrame(Buffer.from('{"a":1}\n'));

describe('tcp-info repair', () => {
  it('is listed in the help of tcp-info and has its own', async () => {
    expect(helpText()).toMatch(/tcp-info repair \[OPTIONS\] DIR\|FILE\.\.\.\n/);
    const { code, stdout } = await tcpInfo('repair', '--help');
    expect(code).toBe(0);
    for (const part of ['--dry-run', '--delete-empty', '--min-age', 'Exit codes:']) expect(stdout).toContain(part);
  });

  it('is a subcommand only as the first argument', () => {
    expect(findSubcommand(['repair', 'x'])?.name).toBe('repair');
    for (const args of [[], ['-output', 'repair'], ['repai'], ['toString']])
      expect(findSubcommand(args)).toBeUndefined();
  });

  it.each([
    [[]],
    [['--what', 'x']],
    [['--min-age=1', 'x']],
    [['--min-age']],
  ])('rejects %j with exit code 2', async (args) => {
    const { code, stdout, stderr } = await tcpInfo('repair', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^tcp-info repair: [^:]/);
  });

  it('names the missing argument like its usage', async () => {
    expect((await tcpInfo('repair', '--help')).stdout).toContain('DIR|FILE...');
    expect((await tcpInfo('repair')).stderr).toBe(
      "tcp-info repair: missing required argument 'DIR|FILE' (see --help)\n",
    );
  });

  it('prints nothing to stderr for sound archives, and one warning if open files cannot be checked', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'a.jsonl.zst'), LINE);
    expect(await tcpInfo('repair', folder)).toMatchObject({ code: 0, stderr: '' });
    const stderr = new PassThrough();
    const report = new RepairReport({ stdout: new PassThrough(), stderr, minAgeMs: 60_000 });
    for (let i = 0; i < 2; i++) await report.add({ kind: 'gap', gap: '3 processes, the first PID 1: EACCES' });
    expect(String(stderr.read())).toBe(
      'tcp-info repair: cannot see for every process which files it writes (3 processes, the first PID 1: EACCES): ' +
        'files younger than 60 s are left alone (--min-age)\n',
    );
  });

  it('prints a line for each damaged archive, and totals', async () => {
    const folder = tempFolder();
    const cut = join(folder, 'a.jsonl.zst');
    writeFileSync(cut, Buffer.concat([LINE, LINE.subarray(0, 9)]));
    writeFileSync(join(folder, 'b.jsonl.zst'), LINE);
    const first = await tcpInfo('repair', '--min-age=0s', folder);
    expect(first.code).toBe(0);
    const sizes = `${LINE.length + 9} bytes, ${LINE.length} sound, 9 lost`;
    expect(first.stdout).toBe(
      `${cut}: cut: ${sizes}: zstd frame at byte ${LINE.length}: input ends inside the frame: mended\n` +
        'total: 2 examined, 1 not sound, 1 mended, 0 deleted, 9 bytes lost, 0 left alone, 0 failed\n',
    );
    const again = await tcpInfo('repair', '--min-age=0s', folder);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^total: 2 examined, 0 not sound/) });
  });

  it('uses the singular for one byte', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'a.jsonl.zst'), Buffer.concat([LINE, LINE.subarray(0, 1)]));
    const { stdout } = await tcpInfo('repair', '--min-age=0s', folder);
    expect(stdout).toContain(', 1 byte lost, ');
  });

  it('exits with 3 when damage is left, and with 1 when something could not be read', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'a\n.jsonl.zst'), '');
    const left = await tcpInfo('repair', '--min-age=0s', folder);
    expect(left.code).toBe(3);
    // One line per archive, whatever its name.
    expect(left.stdout.split('\n')).toHaveLength(3);
    expect(await tcpInfo('repair', '--min-age=0s', '--dry-run', '--delete-empty', folder)).toMatchObject({ code: 3 });
    const missing = await tcpInfo('repair', folder, join(folder, 'missing'));
    expect(missing.code).toBe(1);
    expect(missing.stderr).toMatch(/^tcp-info repair: .*missing: no such file or directory \(ENOENT\)/);
    expect(await tcpInfo('repair', '--min-age=0s', '--delete-empty', folder)).toMatchObject({ code: 0 });
  });
});
