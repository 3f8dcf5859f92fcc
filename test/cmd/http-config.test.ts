import { describe, expect, it } from 'vitest';
import { normalizeGoArgs } from '../../cmd/flags/go-args.js';
import { resolveConfig } from '../../cmd/tcp-info/config.js';
import { FLAGS } from '../../cmd/tcp-info/flags.js';
import type { Config } from '../../daemon/index.js';

const resolve = (args: readonly string[], environment: Readonly<Record<string, string>> = {}): Config =>
  resolveConfig(normalizeGoArgs(args, FLAGS), environment, '/work');

describe('flags of HTTP', () => {
  it('are off by default', () => {
    expect(resolve([])).not.toHaveProperty('http');
    expect(resolve(['-http.archive=false'])).not.toHaveProperty('http');
  });

  it('take ports, ranges and hosts, each once', () => {
    const flags = [
      '-http.ports=80,8000-8010',
      '-http.ports=8080',
      '-http.archive',
      '-http.hosts=A.example.com,a.example.com:80,b:8080',
    ];
    expect(resolve(flags).http).toEqual({
      ports: [
        { first: 80, last: 80 },
        { first: 8000, last: 8010 },
        { first: 8080, last: 8080 },
      ],
      inArchives: true,
      hosts: ['a.example.com', 'b:8080'],
    });
    expect(resolve([], { HTTP_PORTS: '80' }).http).toMatchObject({ inArchives: false, hosts: [] });
  });

  it.each([
    [['-http.ports=0'], /^-http.ports=0: '0' is not accepted: expected ports and ranges/],
    [['-http.ports=80,80'], /'80' is given twice: a port is read once/],
    [['-http.ports=80-90,85'], /shares ports with '80-90'/],
    [[`-http.ports=${Array.from({ length: 65 }, (_, i) => i + 1).join(',')}`], /at most 64 items of ports/],
    [
      [`-http.ports=80`, `-http.hosts=${Array.from({ length: 65 }, (_, i) => `h${i}`).join(',')}`],
      /65 hosts are too many: at most 64/,
    ],
    [['-http.ports=80', '-http.hosts=a b'], /expected host names/],
    [['-http.ports=80', '-http.archive=maybe'], /expected true or false/],
    [['-http.archive'], /^-http.archive=true: no HTTP is read: give its ports with -http.ports$/],
    [['-http.hosts=a'], /no HTTP is read/],
  ])('reject %j', (args, message) => {
    expect(() => resolve(args)).toThrow(message);
  });

  it('accept the group of its metrics', () => {
    expect(resolve(['-metrics.disable=http']).disabledMetrics).toEqual(['http']);
  });
});
