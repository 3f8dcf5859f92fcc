import { describe, expect, it } from 'vitest';
import { tcpInfo } from '../../support/tcp-info.js';

const USAGE = 2;

describe('tcp-info services', () => {
  it.each([
    [['--listen='], /--listen=: expected a port, or an address and ports/],
    [['--listen=0'], /--listen=0: expected a port/],
    [['--listen=65536'], /--listen=65536: expected a port/],
    [['--listen=::1:80'], /--listen=::1:80: expected a port/],
    [['--listen=host:80'], /--listen=host:80: expected a port/],
    [['--listen=80', '--listen=80'], /--listen: two services have the name "\*:80"/],
    [['--listen=80', '--listen=70-90'], /--listen: .*\*:80/],
    [['--listen=80', '--config=x'], /cannot be used with option/],
    [['--watch=1'], /expected a duration from 100ms to 1h/],
    [['--watch=10ms'], /expected a duration from 100ms to 1h/],
    [['--netns='], /expected a namespace/],
    [['--format=csv'], /Allowed choices are text, json/],
    [['--json'], /--format=json prints JSON/],
    [['--once'], /without --watch it prints once/],
    [['--port=22'], /--listen=PORT names a service/],
    [['22'], /--listen=\[ADDR:\]PORT names a service/],
    [['--client'], /did you mean --clients/],
  ] as const)('rejects %j in one line', async (args, message) => {
    const { code, stdout, stderr } = await tcpInfo('services', ...args);
    expect({ code, stdout }).toEqual({ code: USAGE, stdout: '' });
    expect(stderr).toMatch(/^tcp-info services: [^\n]*\n$/);
    expect(stderr).toMatch(message);
  });

  it('fails for a file that is not there', async () => {
    const { code, stderr } = await tcpInfo('services', '--config=/no/such/file');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/^tcp-info services: read \/no\/such\/file: [^\n]*\n$/) as string,
    });
  });

  it('has a help of lines of at most 100 characters', async () => {
    const { code, stdout } = await tcpInfo('services', '--help');
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: tcp-info services [OPTIONS]');
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
  });
});
