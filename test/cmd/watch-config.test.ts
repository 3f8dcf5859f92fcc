import { describe, expect, it } from 'vitest';
import { normalizeGoArgs } from '../../cmd/flags/go-args.js';
import { resolveConfig } from '../../cmd/tcp-info/config.js';
import { FLAGS } from '../../cmd/tcp-info/flags.js';

const resolve = (...args: string[]) => resolveConfig(normalizeGoArgs(args, FLAGS), {}, '/run/here').watch;

describe('flags of watches', () => {
  it('have defaults, with which nothing is watched', () => {
    expect(resolve()).toEqual({ filters: [], intervalMs: 1, maxConnections: 64, inArchives: false });
  });

  it('need no API where archives or recordings show what is read', () => {
    expect(resolve('-watch=dport 443', '-watch=is:limited', '-watch.interval=5ms', '-watch.archive')).toEqual({
      ...{ filters: ['dport 443', 'is:limited'], intervalMs: 5, maxConnections: 64, inArchives: true },
    });
    expect(resolve('-watch=dport 443', '-recorder=60s', '-recorder.output=r', '-output=o')).toMatchObject({
      ...{ filters: ['dport 443'], inArchives: false },
    });
    expect(resolve('-watch=dport 443', '-live=0')).toMatchObject({ filters: ['dport 443'], inArchives: false });
  });

  it('are errors where nothing would show what is read', () => {
    expect(() => resolve('-watch=dport 443')).toThrow(
      '-watch=dport 443: nothing would show what is read: give -watch.archive',
    );
  });

  it('are errors where nothing begins a watch', () => {
    for (const flag of ['-watch.archive', '-watch.max=3', '-watch.interval=2ms']) {
      expect(() => resolve(flag)).toThrow(/: nothing is watched: give -watch, -live or -alerts$/);
      expect(resolve(flag, '-live=0').filters).toEqual([]);
      expect(resolve(flag, '-alerts=rules.json').filters).toEqual([]);
    }
  });

  it.each(['0ms', '1001ms', '1.5ms', '5'])('refuse the interval %s', (interval) => {
    expect(() => resolve('-watch=is:open', '-watch.archive', `-watch.interval=${interval}`)).toThrow('milliseconds');
  });

  it.each(['0', '257', '-1', 'x'])('refuse %s connections', (most) => {
    expect(() => resolve('-live=0', `-watch.max=${most}`)).toThrow('a whole number from 1 to 256');
  });
});
