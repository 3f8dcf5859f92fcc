import { describe, expect, it } from 'vitest';
import { addon, compressor } from '../../doctor/checks/addon.js';
import { capabilities } from '../../doctor/checks/capabilities.js';
import { conntrack } from '../../doctor/checks/conntrack.js';
import { destroyEvents, receiveBuffer } from '../../doctor/checks/destroy-events.js';
import { fieldsWithin, kernel } from '../../doctor/checks/kernel.js';
import { packets } from '../../doctor/checks/packets.js';
import { processes } from '../../doctor/checks/processes.js';
import { program } from '../../doctor/checks/program.js';
import { hashTable, scan, timer } from '../../doctor/checks/scan.js';
import { sockDiag } from '../../doctor/checks/sock-diag.js';

const BEAT = 10e6;
const has = (...parts: string[]) => expect.stringMatching(new RegExp(parts.map((part) => `(?=.*${part})`).join('')));

describe('program', () => {
  const judge = (node: string) => program.judge({ version: '1.0.0', node, minimumNode: '20.19.0' });

  it.each(['20.19.0', '20.19.1', '20.20.0', '22.0.0', '100.1.0'])('accepts Node %s', (node) => {
    expect(judge(node)).toEqual({ level: 'ok', found: `tcp-info 1.0.0, Node ${node}` });
  });

  it.each(['20.18.9', '18.99.99', '20.9.0'])('fails on Node %s', (node) => {
    expect(judge(node)).toMatchObject({ level: 'fail', advice: 'install Node 20.19.0 or later' });
  });
});

describe('addon', () => {
  it("fails with the loader's message", () => {
    const verdict = addon.judge({ loads: false, error: 'load addon netlink: x', cause: 'libfoo.so: cannot open' });
    expect(verdict).toMatchObject({ level: 'fail', found: 'load addon netlink: x: libfoo.so: cannot open' });
    expect(addon.judge({ loads: true }).level).toBe('ok');
  });
});

describe('compressor', () => {
  it('warns about the slower one', () => {
    expect(compressor.judge({ name: 'libzstd 1.5.4', isSystems: true }).level).toBe('ok');
    expect(compressor.judge({ name: '@mongodb-js/zstd', isSystems: false })).toMatchObject({
      level: 'warn',
      advice: has('libzstd1'),
    });
  });
});

describe('capabilities', () => {
  it('reports what is missing without them, and never warns', () => {
    expect(capabilities.judge({ readable: true, uid: 65534, netAdmin: false, sysAdmin: false })).toEqual({
      level: 'ok',
      found: has('uid 65534', 'marks', 'namespaces'),
    });
    expect(capabilities.judge({ readable: true, uid: 0, netAdmin: true, sysAdmin: true }).found).not.toContain(
      'no CAP',
    );
  });
});

describe('packets', () => {
  const facts = { ringBytes: 2 ** 21, requests: 1, answers: 1 };

  it('are well with one request and one answer, with or without a ring', () => {
    expect(packets.judge(facts)).toEqual({
      level: 'ok',
      found: has('with a ring', '2 MiB tried', 'seen once in each direction'),
    });
    expect(packets.judge({ ...facts, ringBytes: 0 })).toMatchObject({ level: 'ok', found: has('without a ring') });
  });

  it.each([
    [0, 0],
    [2, 2],
    [1, 0],
    [1, 2],
  ])('are a warning with %i requests and %i answers', (requests, answers) => {
    expect(packets.judge({ ...facts, requests, answers })).toMatchObject({ level: 'warn', advice: has('report it') });
  });

  it('are not required', () => {
    expect(packets.judge({ refused: 'ERR_PERMISSION' })).toEqual({ level: 'ok', found: has('no CAP_NET_RAW') });
    expect(packets.judge({ refused: 'ERR_NO_MODULE' })).toMatchObject({ level: 'ok' });
    expect(packets.judge({ refused: 'ERR_KERNEL', refusal: 'EINVAL' })).toMatchObject({
      level: 'warn',
      found: 'EINVAL',
    });
    expect(packets.judge({ ringBytes: 1, loopbackError: 'ECONNREFUSED' }).found).toContain('ECONNREFUSED');
  });
});

describe('conntrack', () => {
  const facts = {
    hasFlow: true,
    entries: 812,
    maxEntries: 262_144,
    buckets: 262_144,
    acct: 1,
    timestamp: 1,
    events: 2,
  };

  it('says whether connections are tracked, and what they lack', () => {
    expect(conntrack.judge(facts)).toEqual({
      level: 'ok',
      found: 'connections are tracked; 812 of at most 262,144 flows (0.31 %), 262,144 buckets',
    });
    expect(conntrack.judge({ ...facts, hasFlow: false }).found).toContain('no connection is tracked');
    const lacking = conntrack.judge({ ...facts, acct: 0, timestamp: 0, events: 0 });
    expect(lacking).toMatchObject({ level: 'ok', found: has('nf_conntrack_acct=1', 'timestamp=1', 'events=2') });
  });

  it('is no warning where it cannot be read', () => {
    expect(conntrack.judge({ refused: 'ERR_PERMISSION', entries: 1, maxEntries: 10 })).toEqual({
      level: 'ok',
      found: has('no CAP_NET_ADMIN', '1 of at most 10 flows'),
    });
    expect(conntrack.judge({ refused: 'ERR_NO_MODULE' })).toEqual({
      level: 'ok',
      found: 'the kernel has no connection tracking over netlink',
    });
    expect(conntrack.judge({ loopbackError: 'ECONNREFUSED' }).found).toContain('ECONNREFUSED');
  });

  it('warns of a table that is nearly full', () => {
    expect(conntrack.judge({ ...facts, entries: 235_930 }).level).toBe('warn');
    expect(conntrack.judge({ ...facts, entries: 235_929 }).level).toBe('ok');
    expect(conntrack.judge({ ...facts, entries: 262_144 })).toMatchObject({ advice: has('nf_conntrack_max') });
  });
});

describe('processes', () => {
  const facts = {
    processes: 80,
    refused: 0,
    initRefused: false,
    ptrace: false,
    seesMachine: true,
    cpuNs: 2e6,
    cgroups: '/sys/fs/cgroup',
    opensByHandle: true,
  };

  it('reports what is readable, and what more takes, and never warns', () => {
    expect(processes.judge(facts)).toEqual({
      level: 'ok',
      found: '80 processes, all readable, in 2 ms; cgroups by handle',
    });
    expect(processes.judge({ ...facts, refused: 79 })).toEqual({
      level: 'ok',
      found: has('1 of 80', 'CAP_SYS_PTRACE'),
    });
    expect(processes.judge({ ...facts, refused: 1, ptrace: true }).found).toEqual(has('79 of 80', 'protects'));
    expect(processes.judge({ ...facts, refused: 1, initRefused: true, ptrace: true }).found).toEqual(
      has('80 processes, all readable but the first one, which the system protects, in 2 ms'),
    );
    expect(processes.judge({ ...facts, refused: 1, initRefused: true }).found).toEqual(has('79 of 80', 'need CAP_SYS'));
    expect(processes.judge({ ...facts, refused: 2, initRefused: true, ptrace: true }).found).toEqual(has('78 of 80'));
    const container = processes.judge({ ...facts, processes: 1, seesMachine: false, opensByHandle: false }).found;
    expect(container).toEqual(has('1 process, ', 'hostPID', 'CAP_DAC_READ_SEARCH'));
    expect(processes.judge({ ...facts, cgroups: '' }).found).toEqual(has('no cgroup v2'));
  });
});

describe('sock-diag', () => {
  it('reports the query method that the kernel accepts, and the cost of the slower one', () => {
    expect(sockDiag.judge({ queryMethod: 0 })).toEqual({ level: 'ok', found: has('one walk for both families') });
    expect(sockDiag.judge({ queryMethod: 1 })).toEqual({ level: 'ok', found: has('one walk a family', 'doubles') });
  });

  it.each([
    [{ code: 'ERR_REFUSED', errno: 2, op: 'NLMSG_ERROR' }, 'ENOENT', 'modprobe tcp_diag'],
    [{ code: 'ERR_REFUSED', errno: 95, op: 'NLMSG_ERROR' }, 'ENOTSUP', 'modprobe tcp_diag'],
    [{ code: 'ERR_SOCKET', errno: 1, op: 'socket' }, 'EPERM', 'seccomp'],
    [{ code: 'ERR_SOCKET', errno: 93, op: 'socket' }, 'EPROTONOSUPPORT', 'gVisor'],
    [{ code: 'ERR_TIMEOUT', errno: 0, op: 'recvmmsg' }, 'ERR_TIMEOUT', 'report'],
  ])('fails with advice: %j', (failure, code, advice) => {
    expect(sockDiag.judge({ failure })).toEqual({
      level: 'fail',
      found: has(failure.op, code),
      advice: has(advice),
    });
  });
});

describe('kernel', () => {
  const judge = (infoBytes: number | undefined, loopback?: string) =>
    kernel.judge({
      release: '6.1.0',
      architecture: 'arm64',
      knownBytes: 280,
      ...(infoBytes === undefined ? {} : { infoBytes }),
      ...(loopback === undefined ? {} : { loopback }),
      ...fieldsWithin(infoBytes ?? 0),
    });

  it('lists missing fields by the length of tcp_info', () => {
    expect(judge(280)).toEqual({ level: 'ok', found: has('280 bytes as of 6.18', 'every known field') });
    expect(judge(232)).toEqual({
      level: 'ok',
      found: has('232 bytes as of 5.4 to 6.1', 'up to tcpi_snd_wnd', 'lacks \\d+ fields', 'from tcpi_rcv_wnd on'),
    });
    expect(judge(288).found).toContain('8 more than this version decodes');
    expect(fieldsWithin(248)).toEqual({
      newestFields: ['tcpi_total_rto', 'tcpi_total_rto_recoveries', 'tcpi_total_rto_time'],
      missingFields: expect.arrayContaining(['tcpi_received_ce', 'tcpi_accecn_opt_seen']),
    });
  });

  it('fails when connections have no tcp_info, but not without a connection', () => {
    expect(judge(undefined).level).toBe('fail');
    expect(judge(undefined, 'network is unreachable (ENETUNREACH)')).toEqual({
      level: 'ok',
      found: has('no connection to look at', 'ENETUNREACH'),
    });
  });
});

describe('destroy-events', () => {
  const wantedBytes = 64_000_000;

  it("is ok when the test connection's end was reported", () => {
    expect(destroyEvents.judge({ wantedBytes, toldNs: 4e5 })).toEqual({ level: 'ok', found: has('0.40 ms') });
  });

  it('warns when the kernel refuses to listen or reports nothing', () => {
    const failure = { code: 'ERR_SOCKET', errno: 1, op: 'bind' };
    expect(destroyEvents.judge({ wantedBytes, failure })).toEqual({
      level: 'warn',
      found: has('bind', 'EPERM'),
      advice: has('seccomp', 'short connections and final counters are missed'),
    });
    expect(destroyEvents.judge({ wantedBytes })).toMatchObject({ level: 'warn', found: has('within 2 s') });
  });

  it('does not warn when it cannot be tested', () => {
    expect(destroyEvents.judge({ wantedBytes, loopback: 'x (ENETUNREACH)' })).toMatchObject({ level: 'ok' });
  });
});

describe('receive-buffer', () => {
  const facts = { wantedBytes: 64_000_000, wantedEvents: 50_000, wantedRmemMax: 32_000_000 };

  it('is ok with the requested size, and with a sufficient one', () => {
    const all = { ...facts, bufferBytes: 64_000_000, events: 50_000, forced: true };
    expect(receiveBuffer.judge(all)).toEqual({ level: 'ok', found: '50,000 events can wait: 61 MiB' });
    const enough = { ...facts, bufferBytes: 8_388_608, events: 6553, forced: false, rmemMax: 4_194_304 };
    expect(receiveBuffer.judge(enough)).toEqual({ level: 'ok', found: has('6,553', 'net.core.rmem_max, 4,194,304') });
  });

  it('warns with the value to set when it is small', () => {
    expect(
      receiveBuffer.judge({ ...facts, bufferBytes: 425_984, events: 332, forced: false, rmemMax: 212_992 }),
    ).toEqual({
      level: 'warn',
      found: has('332 events can wait of 50,000'),
      advice: has('sysctl -w net.core.rmem_max=32000000', 'CAP_NET_ADMIN'),
    });
    const hidden = receiveBuffer.judge({ ...facts, bufferBytes: 425_984, events: 332, forced: false });
    expect(hidden.found).toContain('(limited by net.core.rmem_max)');
  });

  it('does not warn when no destroy events are available', () => {
    expect(receiveBuffer.judge({ ...facts, bufferBytes: 0, events: 0, forced: false }).level).toBe('ok');
  });
});

describe('hash-table', () => {
  const judge = (emptyWalkNs: number, ehashEntries?: number) =>
    hashTable.judge({ emptyWalkNs, intervalNs: BEAT, ...(ehashEntries === undefined ? {} : { ehashEntries }) });

  it('reports its size, and whether the namespace shares it', () => {
    expect(judge(9e5, 262_144)).toEqual({ level: 'ok', found: has('^262,144 buckets; ', '0.90 ms', '9 %') });
    expect(judge(9e5, -262_144).found).toContain('262,144 buckets, shared with the whole machine');
    expect(judge(9e5).found).toContain('size unknown');
  });

  it('warns from a quarter of the beat on, about a small table only where one is possible', () => {
    expect(judge(2.5e6, 524_288).level).toBe('ok');
    expect(judge(2.6e6, 524_288)).toMatchObject({
      level: 'warn',
      advice: has('-scan.interval=11ms', 'tcp_child_ehash_entries', 'thash_entries='),
    });
    expect(judge(2.6e6)).toMatchObject({ level: 'warn', advice: expect.not.stringContaining('tcp_child') });
  });
});

const SCANS = {
  scans: 100,
  failed: 0,
  sockets: 1000,
  medianNs: 2e6,
  p99Ns: 3e6,
  emptyWalkNs: 1e6,
  lateMedianNs: 6e4,
  lateP99Ns: 9e5,
  intervalNs: BEAT,
};

describe('scan', () => {
  it('reports the cost of a scan and of a connection', () => {
    expect(scan.judge(SCANS)).toEqual({
      level: 'ok',
      found: '1,000 connections to record: 2 ms (p99 3 ms), 1 us a connection; 20 % of one core at 10 ms',
    });
    expect(scan.judge({ ...SCANS, sockets: 3 }).found).not.toContain('a connection;');
    expect(scan.judge({ ...SCANS, emptyWalkNs: 3e6 }).found).not.toContain('a connection;');
  });

  it('warns from half of the beat on, and about failed scans', () => {
    expect(scan.judge({ ...SCANS, medianNs: 5e6 }).level).toBe('ok');
    expect(scan.judge({ ...SCANS, medianNs: 5.1e6 })).toMatchObject({
      level: 'warn',
      advice: has('-scan.interval=11ms', '-scan.cpu-budget'),
    });
    const failure = { code: 'ERR_RECEIVE', errno: 12, op: 'recvmmsg' };
    expect(scan.judge({ ...SCANS, scans: 0, failed: 4, failure })).toMatchObject({
      level: 'warn',
      found: '4 of 4 scans failed: recvmmsg (ERR_RECEIVE, errno 12)',
    });
  });
});

describe('timer', () => {
  it('warns when half of the scans start late', () => {
    expect(timer.judge(SCANS)).toEqual({ level: 'ok', found: has('60 us late', 'median of 100', 'p99 0.90 ms') });
    expect(timer.judge({ ...SCANS, lateMedianNs: 1e6 }).level).toBe('ok');
    expect(timer.judge({ ...SCANS, lateMedianNs: 1.1e6 }).level).toBe('warn');
    expect(timer.judge({ ...SCANS, lateMedianNs: 1.1e6, intervalNs: 1e9 }).level).toBe('ok');
    expect(timer.judge({ ...SCANS, lateMedianNs: 9e5, intervalNs: 1e6 }).level).toBe('ok');
  });
});
