import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { normalizeGoArgs } from '../../cmd/flags/go-args.js';
import { resolveConfig } from '../../cmd/tcp-info/config.js';
import { FLAGS } from '../../cmd/tcp-info/flags.js';
import type { Config } from '../../daemon/index.js';

const resolve = (args: readonly string[], environment: Readonly<Record<string, string>> = {}): Config =>
  resolveConfig(normalizeGoArgs(['-output=archives', ...args], FLAGS), environment, '/work');

describe('flags of the stream of rows', () => {
  it('are off by default', () => {
    expect(resolve([])).not.toHaveProperty('stream');
  });

  it('have defaults, and take the name of the node from the environment', () => {
    expect(resolve(['-stream.output=rows'], { NODE_NAME: 'node-7' }).stream).toEqual({
      ...{ output: '/work/rows', kinds: ['c', 'o', 's'], everyMs: 10_000, openEveryMs: 600_000, flushAgeMs: 10_000 },
      ...{ maxBytes: 2 ** 30, maxRows: 5000, cluster: 'default', node: 'node-7' },
    });
    expect(resolve(['-stream.output=rows']).stream?.node).toBe(hostname());
  });

  it('take values', () => {
    const flags = ['kinds=s,c', 'every=1s', 'open-every=1m', 'flush-age=2s', 'max-size=1MiB', 'max-rows=7'];
    const environment = { STREAM_OUTPUT: '/rows', STREAM_CLUSTER: 'a.b', STREAM_NODE: 'n' };
    expect(
      resolve(
        flags.map((flag) => `-stream.${flag}`),
        environment,
      ).stream,
    ).toEqual({
      ...{ output: '/rows', kinds: ['c', 's'], everyMs: 1000, openEveryMs: 60_000, flushAgeMs: 2000 },
      ...{ maxBytes: 2 ** 20, maxRows: 7, cluster: 'a.b', node: 'n' },
    });
  });

  it.each([
    [['-stream.every=5s'], /^-stream.every=5s: there is no stream: give its folder with -stream.output$/],
    [['-stream.output=/work/archives'], /is not apart from the archives in \/work\/archives/],
    [['-stream.output=archives/rows'], /is not apart from the archives/],
    [['-stream.output=/'], /is not apart from the archives/],
    [['-stream.output=a\0b'], /NUL/],
    [['-stream.output=r', '-stream.kinds=l'], /'l' is not accepted: expected some of c, o, s/],
    [['-stream.output=r', '-stream.kinds='], /expected some of c, o, s/],
    [['-stream.output=r', '-stream.every=500ms'], /a duration from 1s to 10m/],
    [['-stream.output=r', '-stream.open-every=1s'], /a duration from 10s to 24h/],
    [['-stream.output=r', '-stream.flush-age=11m'], /a duration from 1s to 10m/],
    [['-stream.output=r', '-stream.max-size=1KiB'], /a size from 1MiB/],
    [['-stream.output=r', '-stream.max-rows=0'], /a whole number from 1/],
    [['-stream.output=r', '-stream.node=a b'], /up to 63 letters/],
    [['-stream.output=r', '-stream.cluster=.a'], /up to 63 letters/],
  ])('reject %j', (args, message) => {
    expect(() => resolve(args)).toThrow(message);
  });

  it('reject a name of the machine that will not do', () => {
    expect(() => resolve(['-stream.output=r'], { NODE_NAME: 'a/b' })).toThrow(/the name "a\/b" will not do: give one/);
  });
});
