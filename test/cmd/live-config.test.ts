import { describe, expect, it } from 'vitest';
import { normalizeGoArgs } from '../../cmd/flags/go-args.js';
import { resolveConfig } from '../../cmd/tcp-info/config.js';
import { FLAGS } from '../../cmd/tcp-info/flags.js';

const resolve = (args: string[] = [], environment: Record<string, string> = {}) =>
  resolveConfig(normalizeGoArgs(args, FLAGS), environment, '/run/here');

describe('flags of the live API', () => {
  it('leave it off by default', () => {
    expect(resolve().live).toBeUndefined();
    expect(resolve(['-live=']).live).toBeUndefined();
    expect(resolve([], { LIVE: '', LIVE_HISTORY: '' }).live).toBeUndefined();
  });

  it('have defaults for everything but the address', () => {
    expect(resolve(['-live=7071']).live).toEqual({
      listeners: [{ port: 7071 }],
      hosts: [],
      historyMs: 900_000,
      maxHistoryBytes: 67_108_864,
      keepClosedMs: 600_000,
      loopback: false,
      fullAddresses: false,
      readOnly: false,
    });
  });

  it('take several addresses, in several flags and in lists', () => {
    const { live } = resolve(['-live=7071,[::1]:7072', '--live', 'unix:live.sock', '-live=localhost:0']);
    expect(live?.listeners).toEqual([
      { port: 7071 },
      { host: '::1', port: 7072 },
      { path: '/run/here/live.sock' },
      { host: 'localhost', port: 0 },
    ]);
    expect(resolve([], { LIVE: 'unix:/run/tcp-info/live.sock' }).live?.listeners).toEqual([
      { path: '/run/tcp-info/live.sock' },
    ]);
    expect(resolve(['-live=0', '-live=0']).live?.listeners).toHaveLength(2);
  });

  it('set everything', () => {
    const { live } = resolve([
      '-live=192.0.2.1:7071',
      '-live.token-file=token',
      '-live.hosts=TCP.example,10.0.0.1',
      '-live.history=1h',
      '-live.max-memory=1MiB',
      '-live.keep-closed=0s',
      '-live.loopback',
      '-live.full-addresses',
      '-live.read-only=true',
    ]);
    expect(live).toEqual({
      listeners: [{ host: '192.0.2.1', port: 7071 }],
      tokenFile: '/run/here/token',
      hosts: ['tcp.example', '10.0.0.1'],
      historyMs: 3_600_000,
      maxHistoryBytes: 1_048_576,
      keepClosedMs: 0,
      loopback: true,
      fullAddresses: true,
      readOnly: true,
    });
  });

  it.each([
    ['-live=', '-live.history=15m'],
    ['', '-live.loopback=false'],
    ['', '-live.hosts=x'],
  ])('are errors without an address: %s %s', (live, flag) => {
    expect(() => resolve([live, flag].filter((each) => each !== ''))).toThrow(`${flag}: there is no live API`);
  });

  it('are errors without an address, also in the environment', () => {
    expect(() => resolve([], { LIVE_READ_ONLY: 'true' })).toThrow('LIVE_READ_ONLY=true in the environment: there is');
  });

  it.each([
    '0.0.0.0:7071',
    '[::]:7071',
    'web1:7071',
    '192.0.2.1:7071',
  ])('need a token file for %s, which other machines reach', (address) => {
    expect(() => resolve([`-live=${address}`])).toThrow(/^-live=.*: other machines reach .*: give -live.token-file$/);
    expect(resolve([`-live=${address}`, '-live.token-file=t']).live?.tokenFile).toBe('/run/here/t');
  });

  it.each([
    ['-live=:7071', /expected PORT, HOST:PORT or unix:PATH/],
    ['-live=70711', /expected PORT/],
    ['-live=unix:', /expected PORT/],
    ['-live=7071,7071', /:7071 is given twice/],
    ['-live=unix:a,unix:./a', /unix:\/run\/here\/a is given twice/],
    ['-live.hosts=a b', /'a b' is not accepted: expected host names/],
    ['-live.history=59s', /expected a duration from 1m to 24h/],
    ['-live.history=25h', /expected a duration/],
    ['-live.history=15', /expected a duration/],
    ['-live.max-memory=1000', /expected a size from 1MiB/],
    ['-live.keep-closed=-1s', /expected a duration from 0s to 24h/],
    ['-live.loopback=maybe', /expected true or false/],
    ['-process=ebpf', /expected auto, off, proc/],
    ['-process.cpu-budget=2', /expected a percentage/],
    ['-process.cpu-budget=0.05%', /expected a percentage/],
    ['-archive.process=x', /expected true or false/],
  ])('reject %s', (flag, message) => {
    expect(() => resolve(flag.startsWith('-live=') ? [flag] : ['-live=7071', flag])).toThrow(message);
  });

  it('reject processes in archives without their look-up', () => {
    const message = /^-archive.process=true: processes are not looked up with -process=off$/;
    expect(() => resolve(['-process=off', '-archive.process=true'])).toThrow(message);
    expect(() => resolve(['-live=7071', '-process=off', '-archive.process=true'])).toThrow(message);
    expect(() => resolve(['-archive.process'], { PROCESS: 'off' })).toThrow(
      'not looked up with PROCESS=off in the env',
    );
    expect(resolve(['-process=off', '-archive.process=false']).process).toMatchObject({
      mode: 'off',
      inArchives: false,
    });
  });

  it('set the look-up of flows, and reject flows in archives without it', () => {
    expect(resolve([]).conntrack).toEqual({ mode: 'off', inArchives: 'nat' });
    expect(resolve(['-conntrack=on', '-conntrack.archive=all']).conntrack).toEqual({ mode: 'on', inArchives: 'all' });
    expect(resolve([], { CONNTRACK: 'auto' }).conntrack).toEqual({ mode: 'auto', inArchives: 'nat' });
    expect(() => resolve(['-conntrack.archive=all'])).toThrow(/^-conntrack.archive=all: flows are not looked up/);
    expect(() => resolve(['-conntrack=maybe'])).toThrow(/expected off, auto, on/);
    expect(() => resolve(['-conntrack=on', '-conntrack.archive=x'])).toThrow(/expected nat, all/);
  });

  it('set the look-up of processes without an API, too', () => {
    expect(resolve(['-process=proc', '-process.cpu-budget=0.5%', '-archive.process']).process).toEqual({
      mode: 'proc',
      cpuBudget: 0.005,
      inArchives: true,
    });
  });
});
