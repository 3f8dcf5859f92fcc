import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SocketProcesses, type WantedSocket } from '../../../host/processes/index.js';
import { FakeMachine } from './fake-machine.js';

const { EACCES, EMFILE, EPERM } = constants.errno;
const PENDING = { process: null, unknown: 'pending' };

let folder = '';
let machine: FakeMachine;
let processes: SocketProcesses;
let results: string[];
let failures: string[];
let crashes: string[];
let refusals: number;
let spentNs: number;

function socket(inode: number, more: Partial<WantedSocket> = {}): WantedSocket {
  return { inode, uid: 0, cgroupId: undefined, localPort: 40_000 + inode, netnsInode: undefined, ...more };
}

function start(cpuBudget?: number): void {
  processes = new SocketProcesses({
    owners: machine,
    proc: join(folder, 'proc'),
    passwd: join(folder, 'passwd'),
    logRoot: folder,
    ...(cpuBudget === undefined ? {} : { cpuBudget }),
    reports: {
      lookedUp: (result) => results.push(result),
      spent: (cpuNs) => {
        spentNs += cpuNs;
      },
      failed: (operation, errno, isFirst) => {
        if (isFirst) failures.push(`${operation} ${errno}`);
      },
      crashed: (error, isFirst) => crashes.push(`${String(error)} ${isFirst}`),
      refused: () => {
        refusals++;
      },
    },
  });
  processes.start();
}

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const pidOf = (inode: number): number | undefined => processes.processOf(inode).process?.pid;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1), toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
  folder = mkdtempSync(join(tmpdir(), 'tcp-info-processes-'));
  mkdirSync(join(folder, 'proc/1'), { recursive: true });
  mkdirSync(join(folder, 'proc/self'));
  symlinkSync('/sbin/init', join(folder, 'proc/1/exe'));
  writeFileSync(join(folder, 'proc/self/mountinfo'), '41 31 0:38 / /cg rw - cgroup2 cgroup2 rw\n');
  writeFileSync(join(folder, 'passwd'), 'alice:x:1000:1000\n');
  machine = new FakeMachine();
  results = [];
  failures = [];
  crashes = [];
  refusals = 0;
  spentNs = 0;
});
afterEach(async () => {
  await processes.stop();
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

describe('the process of a socket', () => {
  it('is pending, then known with its user and the time', async () => {
    machine.add(7, { sockets: [50], uid: 1000, command: '\u001b[31m<x>' });
    start();
    processes.want(socket(50));
    expect(processes.processOf(50)).toEqual(PENDING);
    await pass(1000);
    const { process, unknown } = processes.processOf(50);
    expect(unknown).toBeNull();
    expect(process).toMatchObject({ pid: 7, command: '\u001b[31m<x>', executable: null, uid: 1000, user: 'alice' });
    expect(process).toMatchObject({ otherPids: 0, seenTime: expect.stringMatching(/^2026-01-01T00:00:00\.\d{3}Z$/) });
    expect(JSON.parse(JSON.stringify(process)).command).toBe('\u001b[31m<x>');
    expect(results).toEqual(['found']);
    expect(processes.processOf(50)).toBe(processes.processOf(50));
  });

  it('does not exist without an inode, and is gone if it is not wanted', () => {
    start();
    processes.want(socket(0));
    expect(processes.processOf(0).unknown).toBe('none');
    expect(processes.processOf(99).unknown).toBe('gone');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not exist when all processes were read, and is found later if it is passed to one', async () => {
    const process = machine.add(7, { sockets: [51] });
    start();
    processes.want(socket(50));
    await pass(1500);
    expect(processes.processOf(50)).toEqual({ process: null, unknown: 'none' });
    process.sockets = [51, 50];
    await pass(10_000);
    expect(pidOf(50)).toBe(7);
    expect(results).toEqual(['none', 'found']);
  });

  it('is a matter of permission if a process may not be read, or the first one is hidden', async () => {
    machine.add(7);
    machine.add(8, { errno: EACCES });
    start();
    expect(processes.readsOthers).toBe(true);
    processes.want(socket(50));
    await pass(1500);
    expect(processes.processOf(50).unknown).toBe('permission');
    expect(processes.readsOthers).toBe(false);
    expect(refusals).toBe(1);
    machine.processes.delete(8);
    await pass(60_000);
    expect(processes.processOf(50).unknown).toBe('none');
    expect(processes.readsOthers).toBe(true);
    await processes.stop();
    rmSync(join(folder, 'proc/1/exe'));
    start();
    expect(processes.readsOthers).toBe(false);
    expect(refusals).toBe(2);
  });

  describe('with CAP_SYS_PTRACE', () => {
    beforeEach(() => {
      rmSync(join(folder, 'proc/1/exe'));
      machine.add(1, { errno: EACCES });
      machine.add(7);
      writeFileSync(join(folder, 'proc/self/status'), `Name:\tnode\nCapEff:\t${(1n << 19n).toString(16)}\n`);
    });

    it('does not exist although the system protects the first process', async () => {
      start();
      expect(processes.readsOthers).toBe(true);
      processes.want(socket(50));
      await pass(1500);
      expect(processes.processOf(50).unknown).toBe('none');
      expect(processes.readsOthers).toBe(true);
      expect(refusals).toBe(0);
    });

    it('is a matter of permission if another process may not be read either', async () => {
      machine.add(8, { errno: EACCES });
      start();
      processes.want(socket(50));
      await pass(1500);
      expect(processes.processOf(50).unknown).toBe('permission');
      expect(processes.readsOthers).toBe(false);
      expect(refusals).toBe(1);
    });

    it('is a matter of permission without the capability', async () => {
      writeFileSync(join(folder, 'proc/self/status'), `CapEff:\t${(~(1n << 19n) & 0xffffffffn).toString(16)}\n`);
      start();
      expect(processes.readsOthers).toBe(false);
      processes.want(socket(50));
      await pass(1500);
      expect(processes.processOf(50).unknown).toBe('permission');
      expect(refusals).toBe(1);
    });
  });

  it('is gone if the socket ends before it is found, and is forgotten then', async () => {
    const process = machine.add(7, { sockets: [50] });
    start();
    processes.want(socket(50));
    processes.ended(50);
    expect(processes.processOf(50).unknown).toBe('gone');
    expect(results).toEqual(['gone']);
    processes.want(socket(51));
    process.sockets = [51];
    await pass(1000);
    processes.ended(51);
    expect(processes.processOf(51).unknown).toBe('gone');
    expect(results).toEqual(['gone', 'found']);
  });

  it('is gone if the process that held it ended during the search', async () => {
    machine.add(7, { sockets: [50, 51] });
    machine.add(8);
    start();
    processes.want(socket(51));
    await pass(1000);
    machine.processes.delete(7);
    machine.add(8, { sockets: [52] });
    processes.want(socket(50));
    expect(pidOf(50)).toBe(7);
    await pass(5000);
    expect(processes.processOf(50).unknown).toBe('gone');
    expect(pidOf(51)).toBe(7);
  });

  it('stays known when the process ends, and changes when another holder is left', async () => {
    machine.add(7, { sockets: [50], ancestors: [5, 1] });
    machine.add(5, { sockets: [50], ancestors: [1] });
    start();
    processes.want(socket(50));
    await pass(1000);
    expect(processes.processOf(50).process).toMatchObject({ pid: 7, otherPids: 1 });
    machine.processes.delete(7);
    await pass(2000);
    expect(processes.processOf(50).process).toMatchObject({ pid: 5, otherPids: 0 });
    machine.processes.delete(5);
    await pass(100_000);
    expect(pidOf(50)).toBe(5);
  });

  it('is not one that has the number of an ended process', async () => {
    machine.add(7, { sockets: [50], command: 'first' });
    start();
    processes.want(socket(50));
    await pass(1000);
    machine.add(7, { sockets: [51], command: 'second', startTicks: 999 });
    processes.want(socket(51));
    await pass(1000);
    expect(processes.processOf(51).process?.command).toBe('second');
    expect(processes.processOf(50).process?.command).toBe('first');
  });

  it('has its new name soon after it has run another program', async () => {
    const process = machine.add(7, { sockets: [50], command: 'sh' });
    start();
    processes.want(socket(50));
    await pass(1000);
    process.command = 'nginx';
    await pass(1500);
    expect(processes.processOf(50).process?.command).toBe('nginx');
  });

  it('is known at once if its process was read before', async () => {
    machine.add(7, { sockets: [50, 51] });
    start();
    processes.want(socket(50));
    await pass(1000);
    processes.want(socket(51));
    expect(pidOf(51)).toBe(7);
  });
});

describe('the search', () => {
  it('reads the server of the local port first, without a survey', async () => {
    for (let pid = 100; pid < 400; pid++) machine.add(pid);
    const server = machine.add(250, { sockets: [50] });
    start();
    processes.want(socket(50, { localPort: 443 }));
    await pass(1000);
    const { surveys } = machine;
    server.sockets.push(51);
    processes.want(socket(51, { localPort: 443 }));
    await pass(80);
    expect(pidOf(51)).toBe(250);
    expect(machine.surveys).toBe(surveys);
  });

  it('reads the processes of the cgroup first, if it is small', async () => {
    machine.cgroups.set(9n, '/a.service');
    machine.members.set('/cg/a.service', [300]);
    for (let pid = 100; pid < 400; pid++) machine.add(pid);
    machine.add(300, { sockets: [50] });
    start();
    processes.want(socket(50, { cgroupId: 9n }));
    await pass(90);
    expect(pidOf(50)).toBe(300);
    expect(machine.surveys).toBe(0);
  });

  it('reads processes with more descriptors before the others', async () => {
    for (let pid = 100; pid < 400; pid++) machine.add(pid);
    machine.add(200, { sockets: [50] });
    start();
    processes.want(socket(50));
    await pass(2000);
    const before = machine.reads.flat().length;
    machine.add(380, { sockets: [51] });
    processes.want(socket(51, { uid: 5 }));
    await pass(700);
    expect(pidOf(51)).toBe(380);
    expect(machine.reads.flat().length - before).toBeLessThan(20);
  });

  it('finds a socket in a process of unchanged size, and on kernels that do not count', async () => {
    const replacing = machine.add(7, { sockets: [50] });
    machine.countsNothing = true;
    start();
    processes.want(socket(50));
    await pass(1000);
    replacing.sockets = [51];
    processes.want(socket(51, { uid: 5 }));
    await pass(1500);
    expect(pidOf(51)).toBe(7);
  });

  it('keeps to its share of a core, and still finds everything', async () => {
    machine.costNs = 1e6;
    for (let pid = 100; pid < 600; pid++) machine.add(pid, { sockets: [pid + 1000] });
    start(0.02);
    for (let pid = 100; pid < 600; pid++) processes.want(socket(pid + 1000));
    await pass(10_000);
    expect(spentNs).toBeLessThanOrEqual(0.02 * 10e9 + 0.1e9 + 5e6);
    await pass(30_000);
    expect(spentNs).toBeLessThanOrEqual(0.02 * 40e9 + 0.1e9 + 5e6);
    for (let pid = 100; pid < 600; pid++) expect(pidOf(pid + 1000)).toBe(pid);
  });

  it('reads a quiet machine ever less often, and nothing after the stop', async () => {
    machine.add(7, { sockets: [50] });
    start();
    processes.want(socket(50));
    await pass(1000);
    const before = machine.readsOf(7);
    await pass(600_000);
    expect(machine.readsOf(7) - before).toBeLessThan(20);
    expect(machine.readsOf(7) - before).toBeGreaterThan(9);
    await processes.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('repeats searches without success for many sockets at a time', async () => {
    for (let pid = 100; pid < 200; pid++) machine.add(pid);
    start();
    for (let inode = 1000; inode < 1060; inode++) {
      processes.want(socket(inode));
      await pass(1000);
    }
    await pass(180_000);
    const before = machine.readsOf(150);
    await pass(600_000);
    expect(machine.readsOf(150) - before).toBeLessThanOrEqual(21);
    expect(machine.readsOf(150) - before).toBeGreaterThanOrEqual(9);
    expect(processes.processOf(1000).unknown).toBe('none');
  });

  it('reports a failure once, answers nothing from it, and recovers', async () => {
    const process = machine.add(7, { sockets: [50], errno: EMFILE });
    machine.surveyErrno = EMFILE;
    start();
    processes.want(socket(50));
    await pass(5000);
    expect(failures).toEqual([`survey ${EMFILE}`]);
    machine.surveyErrno = 0;
    await pass(5000);
    expect(failures).toEqual([`survey ${EMFILE}`, `read ${EMFILE}`]);
    expect(processes.processOf(50)).toEqual(PENDING);
    process.errno = 0;
    await pass(5000);
    expect(pidOf(50)).toBe(7);
  });
});

describe('an error of the search itself', () => {
  it('is reported, without an unhandled rejection, and the search goes on a second later', async () => {
    machine.add(7, { sockets: [50] });
    const survey = vi.spyOn(machine, 'survey').mockRejectedValue(new Error('no thread'));
    start();
    processes.want(socket(50));
    await pass(3500);
    expect(crashes).toEqual([
      'Error: no thread true',
      'Error: no thread false',
      'Error: no thread false',
      expect.any(String),
    ]);
    expect(processes.processOf(50)).toEqual(PENDING);
    survey.mockRestore();
    await pass(2000);
    expect(pidOf(50)).toBe(7);
    expect(crashes).toHaveLength(4);
  });

  it('does not let a socket of an unread process be taken for one that no process holds', async () => {
    machine.costNs = 1e6;
    for (let pid = 100; pid < 140; pid++) machine.add(pid);
    machine.add(140, { sockets: [50] });
    start();
    const reads = vi.spyOn(machine, 'sockets');
    reads.mockImplementationOnce(async () => {
      throw new TypeError('a batch is lost');
    });
    processes.want(socket(50));
    await pass(20_000);
    expect(crashes).toEqual(['TypeError: a batch is lost true']);
    expect(pidOf(50)).toBe(140);
    expect(results).toEqual(['found']);
  });

  it('does not keep the search from stopping', async () => {
    vi.spyOn(machine, 'survey').mockRejectedValue(new Error('no thread'));
    start();
    processes.want(socket(50));
    await pass(120);
    await processes.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the cgroup of a socket', () => {
  const ID = 'ab'.repeat(32);

  it('is null, then known with its unit', async () => {
    machine.cgroups.set(9n, '/system.slice/a.service');
    start();
    processes.want(socket(0, { cgroupId: 9n }));
    expect(processes.cgroupOf(9n)).toBeNull();
    await pass(100);
    const path = '/system.slice/a.service';
    expect(processes.cgroupOf(9n)).toEqual({ id: '9', path, unit: 'a.service', container: null, pod: null });
    expect(processes.cgroupOf(10n)).toBeNull();
  });

  it('has no path if it is in no tree that is visible here', async () => {
    start();
    processes.want(socket(0, { cgroupId: 9n }));
    await pass(100);
    expect(processes.cgroupOf(9n)).toEqual({ id: '9', path: null, unit: null, container: null, pod: null });
  });

  it('is found by walks without the capability, at most one in five seconds', async () => {
    machine.openErrno = EPERM;
    machine.cgroups.set(9n, '/a');
    start();
    processes.want(socket(0, { cgroupId: 9n }));
    await pass(100);
    expect(processes.cgroupOf(9n)?.path).toBe('/a');
    processes.want(socket(0, { cgroupId: 10n }));
    await pass(4000);
    expect(processes.cgroupOf(10n)).toBeNull();
    expect(machine.walks).toBe(1);
    machine.cgroups.set(10n, '/b');
    await pass(2000);
    expect(processes.cgroupOf(10n)?.path).toBe('/b');
    processes.want(socket(0, { cgroupId: 11n }));
    await pass(30_000);
    expect(processes.cgroupOf(11n)?.path).toBeNull();
    expect(machine.walks).toBe(5);
  });

  it('reports a walk that fails, once', async () => {
    machine.openErrno = EPERM;
    machine.walkErrno = EMFILE;
    start();
    processes.want(socket(0, { cgroupId: 9n }));
    await pass(30_000);
    expect(failures).toEqual([`cgroup ${EMFILE}`]);
  });

  it('has the names of its pod as soon as there are folders of its logs', async () => {
    const uid = '7d8a1f52-0c1b-4a5e-9f63-1d2c3b4a5968';
    machine.cgroups.set(9n, `/kubepods/pod${uid}/${ID}`);
    start();
    processes.want(socket(0, { cgroupId: 9n }));
    await vi.waitFor(async () => {
      await pass(100);
      expect(processes.cgroupOf(9n)?.pod).toEqual({ uid, name: null, namespace: null, container: null });
    });
    mkdirSync(join(folder, `var/log/pods/shop_web_${uid}/front`), { recursive: true });
    await vi.waitFor(async () => {
      await pass(10_100);
      expect(processes.cgroupOf(9n)?.pod).toEqual({ uid, name: 'web', namespace: 'shop', container: 'front' });
    });
    expect(processes.cgroupOf(9n)?.container).toEqual({ id: ID, runtime: null });
  });

  it('has no path without a mount of cgroup v2', async () => {
    writeFileSync(join(folder, 'proc/self/mountinfo'), '');
    machine.cgroups.set(9n, '/a');
    start();
    processes.want(socket(0, { cgroupId: 9n }));
    await pass(100);
    expect(processes.cgroupOf(9n)?.path).toBeNull();
  });
});
