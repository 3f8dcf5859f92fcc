import { describe, expect, it } from 'vitest';
import { FLAGS } from '../../cmd/tcp-info/flags.js';
import { recordConfig } from '../../cmd/tcp-info/recording-config.js';
import { parseReplay } from '../../cmd/tcp-info/replay/options.js';
import { KEPT_FLAGS, replayArguments } from '../../cmd/tcp-info/replay/replay-flags.js';
import type { RecordingHeader } from '../../collector/recording/index.js';

const HEADER: RecordingHeader = {
  ...{ run: 'r', part: 0, version: '1', kernel: '6.18', host: 'h', uuidPrefix: 'h_1', uuidPrefixUnsafe: false },
  hasWatches: false,
  isAnonymized: false,
  flags: [
    { name: 'output', value: '/var/spool' },
    { name: 'archive.rotate', value: '1m' },
    { name: 'filter', value: 'exclude sport 22' },
    { name: 'filter', value: 'exclude sport 80' },
    { name: 'prom', value: '9990' },
  ],
};

function context(...args: string[]) {
  let text = '';
  const stream = { write: (part: string) => (text += part) };
  const parsed = parseReplay({
    args,
    stdout: stream,
    stderr: stream,
    signals: { onShutdown: () => undefined },
  } as never);
  return { parsed, text };
}

describe('arguments of tcp-info replay', () => {
  it('take options and flags of the collector in any order', () => {
    const { parsed } = context('run.rec', '-output=again', '--speed=1', '-prom', '7070', '--hold', '--delay=2s');
    expect(parsed).toEqual({
      ...{ file: 'run.rec', speed: '1', hold: true, delay: 2000 },
      flags: ['-output=again', '-prom', '7070'],
    });
  });

  it.each([
    [['run.rec', '--speed=2'], 'speed'],
    [['run.rec', '--delay=soon'], 'such as 2s'],
    [[], 'missing required argument'],
  ])('%j are refused with exit code 2', (args, reason) => {
    const { parsed, text } = context(...args);
    expect(parsed).toBe(2);
    expect(text).toContain(reason);
  });

  it('show their help', () => {
    const { parsed, text } = context('--help');
    expect(parsed).toBe(0);
    expect(text).toContain('tcp-info replay run.rec --anonymize=report.rec');
  });
});

describe('flags of a replay', () => {
  it('are the recorded ones that decide what is made, unless they are given', () => {
    expect(replayArguments(HEADER, ['-output=again', '-archive.rotate=2m'])).toEqual([
      ...[
        '-filter=exclude sport 22',
        '-filter=exclude sport 80',
        '-metrics.disable=ephemeral,conntrack',
        '-process=off',
      ],
      ...['-prom=127.0.0.1:0', '-output=again', '-archive.rotate=2m'],
    ]);
    expect(replayArguments(HEADER, ['--prom=7070', '--filter='])).not.toContain('-prom=127.0.0.1:0');
  });

  it.each([
    '-conntrack=auto',
    '-netns=all',
    '-process=proc',
    '-record.netlink=x',
    '-services=f',
  ])('%s is refused', (flag) => {
    expect(() => replayArguments(HEADER, [flag])).toThrow('reads nothing of this machine');
  });

  it('are flags of the collector', () => {
    const names: readonly string[] = FLAGS.map(({ name }) => name);
    expect(KEPT_FLAGS.filter((name) => !names.includes(name))).toEqual([]);
  });
});

describe('-record.netlink', () => {
  const given = (flags: Readonly<Record<string, string>>) => ({
    all: (name: string) => (flags[name] === undefined ? [] : [{ text: flags[name], origin: `-${name}` }]),
    one: (name: string) => ({ text: flags[name] ?? (name === 'record.max-size' ? '64MiB' : ''), origin: `-${name}` }),
  });

  it('has a path from the current folder, and a size', () => {
    expect(recordConfig(given({}) as never, '/work')).toBeUndefined();
    expect(recordConfig(given({ 'record.netlink': 'a.rec' }) as never, '/work')).toEqual({
      ...{ file: '/work/a.rec', maxBytes: 64 * 2 ** 20 },
    });
  });

  it('needs a size from 1 MiB, and a file for it', () => {
    expect(() => recordConfig(given({ 'record.max-size': '2MiB' }) as never, '/')).toThrow('nothing is recorded');
    const small = { 'record.netlink': 'a', 'record.max-size': '1000' };
    expect(() => recordConfig(given(small) as never, '/')).toThrow('a size from 1MiB');
  });
});
