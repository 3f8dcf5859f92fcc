import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { normalizeGoArgs } from '../../cmd/flags/go-args.js';
import { resolveConfig } from '../../cmd/tcp-info/config.js';
import { FLAGS } from '../../cmd/tcp-info/flags.js';
import { helpText } from '../../cmd/tcp-info/help.js';
import { loadUuidPrefix, unsafeUuidPrefix, uuidPrefixIn } from '../../daemon/uuid-prefix.js';
import { hasCapability, openArchivesLimit, openFilesLimit } from '../../host/machine.js';
import { formatFilterRule } from '../../inetdiag/index.js';

const resolve = (args: string[] = [], environment: Record<string, string> = {}) =>
  resolveConfig(normalizeGoArgs(args, FLAGS), environment, '/run/here');

describe('resolveConfig', () => {
  it("returns the reference's defaults", () => {
    expect(resolve()).toEqual({
      intervalNs: 10e6,
      destroyEvents: 'auto',
      reps: 0,
      output: '/run/here',
      uuidPrefixAuto: false,
      rotateMs: 600_000,
      flushAgeMs: 30_000,
      syncMs: 2000,
      provenance: false,
      fileMode: 0o666,
      excludedSrcPorts: [],
      excludedDstAddressKeys: [],
      filterRules: [],
      filterInKernel: true,
      explainFilter: false,
      anonymize: 'none',
      metricsAddress: { port: 9990 },
      portGroups: [],
      disabledMetrics: [],
      eventsReplay: false,
      eventsV2: false,
      watch: { filters: [], intervalMs: 1, maxConnections: 64, inArchives: false },
      writesArchives: true,
      process: { mode: 'auto', cpuBudget: 0.02, inArchives: false },
      conntrack: { mode: 'off', inArchives: 'nat' },
      debug: false,
      trace: false,
    });
  });

  it('accepts rules in several flags, separated by ;', () => {
    const { filterRules } = resolve([
      '-filter=include dport 443; exclude src 10.0.0.0/8',
      '-filter',
      'exclude sport 80',
    ]);
    expect(filterRules.map(formatFilterRule)).toEqual([
      'include dport 443',
      'exclude src 10.0.0.0/8',
      'exclude sport 80',
    ]);
    expect(resolve([], { FILTER: 'exclude sport 80' }).filterRules).toHaveLength(1);
    expect(resolve(['-filter=exclude sport 80; exclude sport 81;']).filterRules).toHaveLength(2);
    expect(() => resolve(['-filter=exclude sport 80;;'])).toThrow(/rule ''/);
    expect(resolve(['-filter='], { FILTER: 'exclude sport 80' }).filterRules).toEqual([]);
    expect(resolve(['-filter.kernel=false', '-filter.explain'])).toMatchObject({
      filterInKernel: false,
      explainFilter: true,
    });
    for (const bad of ['exclude', 'exclude dport 1,', 'dport 1', 'exclude dport 1 exclude dport 2']) {
      expect(() => resolve([`-filter=${bad}`]), bad).toThrow(/^-filter=.*: rule '.*': .*(expected|twice)/);
    }
  });

  it('keeps archives forever by default, and rejects retention bounds that look like mistakes', () => {
    const config = resolve(['-archive.keep=7d', '-archive.max-size=50GiB']);
    expect(config).toMatchObject({ keepMs: 7 * 86_400_000, maxArchiveBytes: 50 * 2 ** 30 });
    expect(resolve([], { ARCHIVE_KEEP: '36h', ARCHIVE_MAX_SIZE: '' })).toMatchObject({ keepMs: 36 * 3_600_000 });
    for (const bad of ['keep=7', 'keep=59m', 'keep=0', 'keep=-7d', 'max-size=1', 'max-size=0', 'max-size=50G']) {
      expect(() => resolve([`-archive.${bad}`]), bad).toThrow(/^-archive\.\S+: expected a (duration|size) of at least/);
    }
  });

  it('accepts a file of services, and limits only with one', () => {
    expect(resolve().services).toBeUndefined();
    expect(resolve(['-services=a.yaml']).services).toEqual({ file: '/run/here/a.yaml', mode: 'off' });
    const mode = (flag: string) => resolve(['-services=/a.yaml', flag]).services?.mode;
    expect(mode('-services.enforce')).toBe('new');
    expect(mode('-services.enforce=false')).toBe('off');
    expect(mode('-services.enforce=existing')).toBe('existing');
    expect(mode('-services.enforce=dry-run')).toBe('dry-run');
    expect(() => mode('-services.enforce=all')).toThrow(/expected true, false, existing or dry-run/);
    expect(() => resolve(['-services.enforce'])).toThrow(/there are no services: give their file with -services/);
  });

  it('accepts port groups, and names an invalid one', () => {
    const { portGroups } = resolve(['-metrics.ports=443, 5000-5010', '-metrics.ports', '080-80']);
    expect(portGroups).toEqual([
      { text: '443', first: 443, last: 443 },
      { text: '5000-5010', first: 5000, last: 5010 },
      { text: '80', first: 80, last: 80 },
    ]);
    expect(resolve(['-metrics.ports='], { METRICS_PORTS: '80' }).portGroups).toEqual([]);
    expect(resolve([], { METRICS_PORTS: '1-65535' }).portGroups).toHaveLength(1);
    for (const bad of [
      '80-70',
      '0',
      '0-5',
      '65536',
      '1-65536',
      '443,',
      ',443',
      '1-2-3',
      '-5',
      '5-',
      'https',
      '+1',
      '1 2',
    ]) {
      const item = bad.split(',').find((each) => each !== '443');
      const message = `-metrics.ports=${bad}: '${item}' is not accepted: expected ports and ranges from 1 to 65535, such as 443,5000-5010`;
      expect(() => resolve([`-metrics.ports=${bad}`]), bad).toThrow(message);
    }
    expect(() => resolve(['-metrics.ports=80,443,80'])).toThrow(/: '80' is given twice:/);
    expect(() => resolve(['-metrics.ports=5000-5010,5010-5020'])).toThrow(
      /: '5010-5020' shares ports with '5000-5010':/,
    );
    expect(() => resolve(['-metrics.ports=1-1000', '-metrics.ports=80'])).toThrow(/^-metrics.ports=80: '80' shares/);
    const many = Array.from({ length: 64 }, (_, i) => i + 1).join(',');
    expect(resolve([`-metrics.ports=${many}`]).portGroups).toHaveLength(64);
    expect(() => resolve([`-metrics.ports=${many},100`])).toThrow(/: '100' is one too many: at most 64 port groups$/);
  });

  it('accepts network metrics to turn off', () => {
    expect(resolve(['-metrics.disable=rtt, listeners']).disabledMetrics).toEqual(['rtt', 'listeners']);
    expect(resolve([], { METRICS_DISABLE: 'states' }).disabledMetrics).toEqual(['states']);
    for (const bad of ['all', 'rtt,', 'RTT', 'rtt,cpu']) {
      expect(() => resolve([`-metrics.disable=${bad}`]), bad).toThrow(
        /^-metrics.disable=.*: '.*' is not accepted: .*, rtt,/,
      );
    }
  });

  it('accepts the production command line', () => {
    const config = resolve([
      '-prometheusx.listen-address=127.0.0.1:9991',
      '-output=/var/spool/ndt/tcpinfo',
      '-uuid-prefix-file=/var/local/uuid/prefix',
      '-tcpinfo.eventsocket=/var/local/tcpinfoeventsocket/tcpevents.sock',
      '-exclude-srcport=9100,9090,9091',
      '-exclude-srcport',
      '65535',
      '-exclude-dstip=172.25.0.1,::ffff:35.202.153.90',
      '-anonymize.ip=netblock',
    ]);
    expect(config).toMatchObject({
      metricsAddress: { host: '127.0.0.1', port: 9991 },
      output: '/var/spool/ndt/tcpinfo',
      uuidPrefixFile: '/var/local/uuid/prefix',
      eventSocket: '/var/local/tcpinfoeventsocket/tcpevents.sock',
      excludedSrcPorts: [9100, 9090, 9091, 65_535],
      excludedDstAddressKeys: ['172.25.0.1', '35.202.153.90'],
      anonymize: 'netblock',
    });
  });

  it('accepts network namespaces by name, path and process, and "all"', () => {
    const targets = [
      { kind: 'name', name: 'blue' },
      { kind: 'pid', pid: 4711 },
      { kind: 'path', path: '/run/here/ns/red' },
      { kind: 'all' },
    ];
    expect(resolve(['--netns=blue,4711', '-netns', 'ns/red', '-netns=all'])).toMatchObject({ netns: targets });
    expect(resolve([], { NETNS: 'all' })).toMatchObject({ netns: [{ kind: 'all' }] });
    expect(resolve(['-netns=']).netns).toBeUndefined();
    for (const bad of ['0', '..', 'a,,b', '99999999999']) {
      expect(() => resolve([`-netns=${bad}`]), bad).toThrow(/^-netns=\S+: '.*' is not accepted: expected a name of/);
    }
  });

  it('reads flags that are not given from the environment', () => {
    const environment = { OUTPUT: 'data', REPS: '5', SCAN_INTERVAL: '', LOGX_DEBUG: '1', EXCLUDE_SRCPORT: '1,2' };
    expect(resolve(['-reps=7'], environment)).toMatchObject({
      output: '/run/here/data',
      reps: 7,
      intervalNs: 10e6,
      debug: true,
      excludedSrcPorts: [1, 2],
    });
  });

  it.each([
    ['20%', 0.2],
    ['0.1%', 0.001],
    ['100%', 1],
  ])('accepts -scan.cpu-budget=%s', (text, share) => {
    expect(resolve([`-scan.cpu-budget=${text}`]).cpuBudget).toBe(share);
    expect(resolve([], { SCAN_CPU_BUDGET: text }).cpuBudget).toBe(share);
  });

  it.each(['auto', 'on', 'off'] as const)('accepts -events.destroy=%s', (mode) => {
    expect(resolve([`-events.destroy=${mode}`]).destroyEvents).toBe(mode);
  });

  it('accepts -prom for -prometheusx.listen-address, the command line before the environment', () => {
    expect(resolve(['-prom=7070']).metricsAddress).toEqual({ port: 7070 });
    expect(resolve(['-prom', '127.0.0.1:7070']).metricsAddress).toEqual({ host: '127.0.0.1', port: 7070 });
    expect(resolve(['-prom=1'], { PROMETHEUSX_LISTEN_ADDRESS: ':2' }).metricsAddress).toEqual({ port: 1 });
    expect(resolve(['-prometheusx.listen-address=:3'], { PROM: '4' }).metricsAddress).toEqual({ port: 3 });
    expect(resolve([], { PROM: '4' }).metricsAddress).toEqual({ port: 4 });
    expect(() => resolve(['-prom=1', '-prometheusx.listen-address=:2'])).toThrow(/contradicts/);
    expect(() => resolve([], { PROM: '1', PROMETHEUSX_LISTEN_ADDRESS: ':2' })).toThrow(/contradicts/);
    expect(resolve([], { PROM: ':2', PROMETHEUSX_LISTEN_ADDRESS: ':2' }).metricsAddress).toEqual({ port: 2 });
  });

  it('accepts our own boolean flags only alone or with =', () => {
    const on = { provenance: true, eventsReplay: true, eventsV2: true };
    const socket = '-tcpinfo.eventsocket=/run/events.sock';
    expect(resolve(['-archive.provenance', '--events.replay=true', '-events.v2=1', socket])).toMatchObject(on);
    for (const flag of ['-events.replay', '-events.v2']) {
      expect(() => resolve([flag])).toThrow(/^-events\.\w+=true: there is no event socket: give one with -tcp/);
      expect(resolve([`${flag}=false`])).toMatchObject({ eventsReplay: false, eventsV2: false });
    }
    expect(
      resolve([], {
        ARCHIVE_PROVENANCE: 'true',
        EVENTS_REPLAY: 't',
        TCPINFO_EVENTSOCKET: '/run/e.sock',
        EVENTS_V2: '1',
      }),
    ).toMatchObject(on);
    expect(() => resolve(['-events.v2=2'])).toThrow(/true or false/);
  });

  it('accepts sizes and modes', () => {
    expect(resolve(['-archive.max-buffered=64MiB', '-archive.mode=0640'])).toMatchObject({
      maxBufferedBytes: 64 * 1024 * 1024,
      fileMode: 0o640,
    });
  });

  it('treats an empty list as no entries', () => {
    expect(resolve(['-exclude-srcport=', '-exclude-dstip', ''])).toMatchObject({
      excludedSrcPorts: [],
      excludedDstAddressKeys: [],
    });
  });

  it.each([
    [['-scan.interval=10'], {}, /^-scan\.interval=10: expected a duration from 1ms to 1h, such as 10ms$/],
    [['-scan.interval=999us'], {}, /^-scan\.interval/],
    [['-scan.interval=61m'], {}, /^-scan\.interval/],
    [
      ['-scan.cpu-budget=20'],
      {},
      /^-scan\.cpu-budget=20: expected a percentage of one core from 0\.1% to 100%, such as 20%$/,
    ],
    [['-scan.cpu-budget=0%'], {}, /^-scan\.cpu-budget/],
    [['-scan.cpu-budget=0.09%'], {}, /^-scan\.cpu-budget/],
    [['-scan.cpu-budget=101%'], {}, /^-scan\.cpu-budget/],
    [[], { SCAN_CPU_BUDGET: 'much' }, /^SCAN_CPU_BUDGET=much in the environment: expected a percentage/],
    [['-reps=-1'], {}, /^-reps=-1: expected a whole number/],
    [['-events.destroy=maybe'], {}, /^-events\.destroy=maybe: expected auto, on, off$/],
    [[], { EVENTS_DESTROY: 'yes' }, /^EVENTS_DESTROY=yes in the environment: expected auto, on, off$/],
    [['-anonymize.ip=typo'], {}, /^-anonymize\.ip=typo: expected none or netblock$/],
    [[], { ANONYMIZE_IP: 'typo' }, /^ANONYMIZE_IP=typo in the environment: expected none or netblock$/],
    [['-exclude-srcport=80,,81'], {}, /^-exclude-srcport=80,,81: '' is not accepted: expected ports/],
    [['-exclude-srcport=65536'], {}, /'65536' is not accepted/],
    [['-exclude-dstip=10.0.0.0/8'], {}, /'10\.0\.0\.0\/8' is not accepted: expected IP addresses/],
    [['-prom='], {}, /^-prom=: expected a port or HOST:PORT/],
    [['-prom=localhost'], {}, /^-prom=localhost: expected a port or HOST:PORT/],
    [['-logx.debug=maybe'], {}, /^-logx\.debug=maybe: expected true or false/],
    [[], { TRACE: 'yes' }, /^TRACE=yes in the environment: expected true or false/],
    [['-archive.rotate=1ms'], {}, /^-archive\.rotate=1ms: expected/],
    [['-archive.flush-age=2h'], {}, /^-archive\.flush-age=2h: expected/],
    [
      ['-archive.max-buffered=1023KiB'],
      {},
      /^-archive\.max-buffered=1023KiB: expected a size from 1MiB, such as 64MiB$/,
    ],
    [['-archive.mode=0755'], {}, /^-archive\.mode=0755: expected an octal mode from 0600 to 0666, such as 0640$/],
    [['-archive.mode=0440'], {}, /^-archive\.mode=0440: expected/],
    [['-output=a\0b'], {}, /NUL/],
  ])('rejects %j with %j', (args, environment, message) => {
    expect(() => resolve(args, environment as Record<string, string>)).toThrow(message);
    expect(() => resolve(args, environment as Record<string, string>)).toThrow(
      expect.objectContaining({ name: 'ConfigError' }),
    );
  });
});

describe('helpText', () => {
  it('shows every flag with its default, grouped, in lines that fit', () => {
    const help = helpText();
    for (const { name, fallback, boolean } of FLAGS as readonly {
      name: string;
      fallback: string;
      boolean: boolean;
    }[]) {
      expect(help).toContain(`--${name}`);
      if (fallback !== '' && !boolean) expect(help.replace(/\s+/g, ' ')).toContain(`(default ${fallback})`);
    }
    expect(help).toMatch(/^Archive:$/m);
    expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });
});

describe('the UUID prefix', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tcp-info-prefix-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const load = (content: string | Buffer) => {
    const path = join(folder, 'prefix');
    writeFileSync(path, content);
    return loadUuidPrefix({ uuidPrefixFile: path, uuidPrefixAuto: false }, {});
  };

  it('is the content of its file without trailing white space', () => {
    expect(load('host.example.com_1552945174')).toEqual({ text: 'host.example.com_1552945174', unsafe: false });
    expect(load('pod-1_15 \n\n').text).toBe('pod-1_15');
  });

  it.each([
    ['', /empty/],
    ['\n', /empty/],
    ['a/b', /cannot begin a file name/],
    ['..', /cannot begin a file name/],
    ['a\nb', /cannot begin a file name/],
    ['x'.repeat(201), /longer than 200 bytes/],
    [Buffer.from([0xff, 0xfe]), /not UTF-8/],
  ])('is rejected with the file content %j', (content, message) => {
    expect(() => load(content)).toThrow(message);
  });

  it('is rejected if its file does not exist', () => {
    const uuidPrefixFile = join(folder, 'none');
    const load = () => loadUuidPrefix({ uuidPrefixFile, uuidPrefixAuto: false }, {});
    expect(load).toThrow(/-uuid-prefix-file=.*none: cannot be read: ENOENT/);
  });

  it('consists with -uuid-prefix=auto of host or pod name, boot id and boot time, and is safe', () => {
    const load = (environment: Record<string, string>) => loadUuidPrefix({ uuidPrefixAuto: true }, environment);
    const digits = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    const second = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1];
    expect(load({})).toEqual({ text: `${hostname()}-${digits}_${second}`, unsafe: false });
    expect(load({ POD_NAME: 'ndt-x7' }).text).toBe(`ndt-x7-${digits}_${second}`);
    expect(() => load({ POD_NAME: 'a/b' })).toThrow(/^-uuid-prefix=auto: name "a\/b"/);
  });

  it('comes either from a file or from -uuid-prefix=auto', () => {
    expect(resolve(['-uuid-prefix=auto']).uuidPrefixAuto).toBe(true);
    expect(resolve([]).uuidPrefixAuto).toBe(false);
    expect(() => resolve(['-uuid-prefix=mine'])).toThrow('auto');
    expect(() => resolve(['-uuid-prefix=auto', '-uuid-prefix-file=/x'])).toThrow(/there is a prefix already/);
  });

  it('consists without options of host or pod name and boot time, and is unsafe', () => {
    const now = 1_795_217_283_450;
    expect(unsafeUuidPrefix({ POD_NAME: 'ndt-x7' }, '283.45 100.00\n', now)).toEqual({
      text: 'ndt-x7_1795217000_unsafe',
      unsafe: true,
    });
    expect(unsafeUuidPrefix({ POD_NAME: '../x' }, '283.45 1\n', now).text).toMatch(/^[\w.-]+_1795217000_unsafe$/);
    expect(unsafeUuidPrefix({ POD_NAME: 'p' }, 'nonsense', now).text).toBe('p_BADBOOTTIME_unsafe');
  });
});

describe('the UUID prefix in another network namespace', () => {
  const netns = { inode: 4_026_532_177, name: 'blue' };

  it.each(['5.3.0', '5.10.0-28-amd64', '6.18.44', '10.0-rc1'])('is unchanged on Linux %s', (release) => {
    expect(uuidPrefixIn('h_1', netns, release)).toBe('h_1');
  });

  it.each([
    '5.2.21',
    '4.19.0-27-amd64',
    '3.10',
    'nonsense',
  ])('has the inode of the namespace on Linux %s', (release) => {
    expect(uuidPrefixIn('h_1', netns, release)).toBe('h_1_netns4026532177');
  });
});

describe('hasCapability', () => {
  it('reads the effective set', () => {
    expect(hasCapability('Name:\tx\nCapEff:\t0000000000001000\nCapBnd:\t0\n', 12n)).toBe(true);
    expect(hasCapability('CapEff:\t0000000000000fff\n', 12n)).toBe(false);
    expect(hasCapability('', 12n)).toBe(false);
  });
});

describe('the limit of open files', () => {
  it('is the soft limit', () => {
    const line = 'Max open files            1024                 524288               files     \n';
    expect(openFilesLimit(`Limit   Soft Limit   Hard Limit   Units\n${line}`)).toBe(1024);
    expect(openFilesLimit(line.replace('1024  ', 'unlimited'))).toBe(Number.POSITIVE_INFINITY);
  });

  it('reserves descriptors for other files than archives', () => {
    expect([256, 1024, 1_000_000].map((openFiles) => openArchivesLimit(openFiles))).toEqual([128, 512, 999_488]);
    expect(openArchivesLimit(1_000_000, true)).toBe(995_392);
  });
});
