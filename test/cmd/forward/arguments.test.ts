import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseServices } from '../../../services/config/index.js';
import { SEED_CONFIG } from '../../services/config/seed.js';
import { tcpInfo } from '../../support/tcp-info.js';

const USAGE = 2;

describe('tcp-info forward', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tcp-info-forward-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function file(text: string): string {
    const path = join(folder, 'services.yaml');
    writeFileSync(path, text);
    return path;
  }

  it.each([
    [[], /missing -p LISTEN=BACKEND or -c FILE \(see --help\)/],
    [['-p', '22'], /22: expected \[ADDR:\]PORT=\[ADDR:\]PORT/],
    [['-p', '::1:22=22'], /an IPv6 address needs brackets/],
    [['-p', '22=0'], /backend: '0' is not a port/],
    [['-p', '7001=7001'], /service \*:7001: its backend leads back to it: \*:7001 -> \*:7001/],
    [['-p', '1=2', '-p', '1=3'], /two services have the name "\*:1"/],
    [['-c', '/nonexistent'], /read \/nonexistent: no such file or directory/],
    [['-c', '/dev/zero'], /read \/dev\/zero: /],
    [['--dump=none', '-p', '1=2'], /Allowed choices are hex, go, text/],
    [['--control=/run/x', '-p', '1=2'], /expected unix:PATH/],
    [['--prom=x', '-p', '1=2'], /expected \[HOST:\]PORT/],
    [['--log=all', '-p', '1=2'], /Allowed choices are sessions, none/],
    [['--chek', '-p', '1=2'], /did you mean --check/],
    [['1=2'], /a service is -p /],
  ] as const)('rejects %j in one line', async (args, message) => {
    const { code, stdout, stderr } = await tcpInfo('forward', ...args);
    expect({ code, stdout }).toEqual({ code: USAGE, stdout: '' });
    expect(stderr).toMatch(/^tcp-info forward: [^\n]*\n$/);
    expect(stderr).toMatch(message);
  });

  it('shows all mistakes of a file with line and column', async () => {
    const path = file('a:\n  listen_port: 1\n  backend_port: 99999\n  max_idel: 5\n');
    const { code, stdout, stderr } = await tcpInfo('forward', '-c', path);
    expect({ code, stdout }).toEqual({ code: USAGE, stdout: '' });
    expect(stderr).toContain(`${path}:3:17: backend_port: `);
    expect(stderr).toContain(`${path}:4:3: unknown key "max_idel"; did you mean max_idle?`);
  });

  it('does not use -p alone when the file is wrong', async () => {
    const { code, stderr } = await tcpInfo('forward', '-p', '1=2', '-c', file('a: [\n'));
    expect(code).toBe(USAGE);
    expect(stderr).toMatch(/services\.yaml:\d+:\d+: /);
  });

  it('refuses a file without a backend', async () => {
    const { code, stderr } = await tcpInfo('forward', '-c', file('a:\n  listen_port: 1\n'));
    expect(code).toBe(USAGE);
    expect(stderr).toContain('no service has a backend');
  });

  it('prints with --check what would be, as a file that means the same', async () => {
    const path = file(SEED_CONFIG);
    const { code, stdout } = await tcpInfo('forward', '--check', '-c', path, '-p', '[::1]:1=2', '--dump=hex');
    expect(code).toBe(0);
    const { services } = await parseServices(stdout, 'printed');
    expect(services.map(({ name, forward }) => [name, forward?.dump])).toEqual([
      ['[::1]:1', 'hex'],
      ['ssh', 'go'],
      ['web', 'hex'],
    ]);
  });

  it('has a help of lines of at most 100 characters', async () => {
    const { code, stdout } = await tcpInfo('forward', '--help');
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: tcp-info forward [OPTIONS] -p LISTEN=BACKEND... | -c FILE');
    expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });
});
