import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test as base, describe, expect } from 'vitest';
import {
  findCgroupMount,
  type ProcessAnswer,
  type SocketProcess,
  SocketProcesses,
} from '../../host/processes/index.js';
import { netlink } from '../../native/index.js';
import { Holders } from '../support/holders.js';
import { createNamespacePair, haveNamespaces, type NamespacePair } from '../support/namespaces.js';
import { havePrograms, skipped } from '../support/programs.js';
import { until } from '../support/waiting.js';

const PORT = 5300;
const NOBODY = 65_534;
/** Number that the kernel reaches only after four billion sockets. */
const NO_SOCKET = 2 ** 32 - 1;
const CONTAINER = 'c0ffee00'.repeat(8);
const isReady =
  haveNamespaces('processes of sockets') && havePrograms('processes of sockets', 'python3', 'unshare', 'setpriv', 'ss');

interface Search {
  readonly processes: SocketProcesses;
  readonly failures: string[];
  /** Waits for the answer about a socket. */
  readonly answer: (inode: number, cgroupId?: bigint) => Promise<ProcessAnswer>;
  /** Waits until both holders of a socket are known: one may be read before the other, and is the answer until then. */
  readonly ofTwo: (inode: number) => Promise<SocketProcess>;
}

function startSearch(proc = '/proc'): Search {
  const failures: string[] = [];
  const processes = new SocketProcesses({
    owners: new netlink.SocketOwners(proc),
    proc,
    reports: {
      lookedUp: () => undefined,
      spent: () => undefined,
      failed: (operation, errno) => failures.push(`${operation} ${errno}`),
      crashed: (error) => failures.push(String(error)),
      refused: () => undefined,
    },
  });
  processes.start();
  const answer = async (inode: number, cgroupId?: bigint): Promise<ProcessAnswer> => {
    processes.want({ inode, uid: 0, cgroupId, localPort: PORT, netnsInode: undefined });
    return await until(`the process of socket ${inode}`, () => {
      const found = processes.processOf(inode);
      return found.unknown === 'pending' ? undefined : found;
    });
  };
  const ofTwo = async (inode: number): Promise<SocketProcess> => {
    await answer(inode);
    return await until(`both holders of socket ${inode}`, () => {
      const { process } = processes.processOf(inode);
      return process?.otherPids === 1 ? process : undefined;
    });
  };
  return { processes, failures, answer, ofTwo };
}

const it = base.extend<{ readonly pair: NamespacePair; readonly search: Search }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the pattern
  pair: async ({}, use) => {
    const pair = createNamespacePair();
    try {
      await use(pair);
    } finally {
      pair.remove();
    }
  },
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the pattern
  search: async ({}, use) => {
    const search = startSearch();
    try {
      await use(search);
      expect(search.failures).toEqual([]);
    } finally {
      await search.processes.stop();
    }
  },
});

describe.skipIf(!isReady)('the process of a socket', () => {
  it('is the client, the listener, and the server that accepted it', async ({ pair: { near, far }, search }) => {
    await using server = new Holders(near);
    await using client = new Holders(far);
    const listening = await server.tell(`listen ${PORT}`);
    const connected = await client.tell(`connect ${near.ipv4} ${PORT}`);
    const accepted = await server.tell('accept');
    for (const { pid, inode } of [listening, connected, accepted]) {
      const { process } = await search.answer(inode);
      expect(process).toMatchObject({ pid, uid: 0, user: 'root', otherPids: 0 });
      expect(process?.executable).toMatch(/python/);
    }
    expect(accepted.pid).toBe(server.pid);
    expect(connected.pid).not.toBe(accepted.pid);
  });

  it('does not exist before the socket is accepted', async ({ pair: { near, far }, search }) => {
    await using server = new Holders(near);
    await using client = new Holders(far);
    await server.tell(`listen ${PORT}`);
    await client.tell(`connect ${near.ipv4} ${PORT}`);
    const waiting = await until('the connection', () => {
      const [, inode] = /ino:(\d+)/.exec(near.run('ss', '-Htne', 'state', 'established')) ?? [];
      const line = near.run('ss', '-Htne', 'state', 'established').trim();
      return line === '' ? undefined : Number(inode ?? 0);
    });
    expect(waiting).toBe(0);
    expect((await search.answer(waiting)).unknown).toBe('none');
    const accepted = await server.tell('accept');
    expect((await search.answer(accepted.inode)).process?.pid).toBe(accepted.pid);
  });

  it('does not exist for root if none has it, although the first process may be protected', async ({ search }) => {
    expect((await search.answer(NO_SOCKET)).unknown).toBe('none');
    expect(search.processes.readsOthers).toBe(true);
  });

  it('is the child rather than the parent that forked it', async ({ pair: { near, far }, search }) => {
    await using server = new Holders(near);
    await using client = new Holders(far);
    await server.tell(`listen ${PORT}`);
    await client.tell(`connect ${near.ipv4} ${PORT}`);
    const { inode } = await server.tell('accept');
    const { pid: child } = await server.tell('fork');
    expect((await search.ofTwo(inode)).pid).toBe(child);
    // The parent is left when the child has ended.
    await server.tell('end');
    await until('the parent', () => search.processes.processOf(inode).process?.pid === server.pid);
    expect(search.processes.processOf(inode).process?.otherPids).toBe(0);
  });

  it('is the service that inherited its listener', async ({ pair: { near, far }, search }) => {
    await using manager = new Holders(near);
    await using client = new Holders(far);
    const listening = await manager.tell(`listen ${PORT}`);
    await client.tell(`connect ${near.ipv4} ${PORT}`);
    const accepted = await manager.tell('pass');
    expect(accepted.pid).not.toBe(manager.pid);
    expect((await search.answer(accepted.inode)).process).toMatchObject({ pid: accepted.pid, otherPids: 0 });
    expect((await search.ofTwo(listening.inode)).pid).toBe(accepted.pid);
  });

  it('is gone if it lives too short to be found', async ({ pair: { near, far }, search: { processes } }) => {
    await using server = new Holders(near);
    await using client = new Holders(far);
    await server.tell(`listen ${PORT}`);
    const { inode } = await client.tell(`connect ${near.ipv4} ${PORT}`);
    processes.want({ inode, uid: 0, cgroupId: undefined, localPort: 1, netnsInode: undefined });
    await client.tell('close');
    processes.ended(inode);
    expect(processes.processOf(inode)).toEqual({ process: null, unknown: 'gone' });
  });

  it('has the user of another account, and its name as it is', async ({ pair: { near, far }, search }) => {
    await using server = new Holders(near);
    await using client = new Holders(far);
    await server.tell(`listen ${PORT}`);
    await client.tell(`become ${NOBODY}`);
    await client.tell('name \\x1b[31m<b>\\n');
    const { inode, pid } = await client.tell(`connect ${near.ipv4} ${PORT}`);
    const { process } = await search.answer(inode);
    expect(process).toMatchObject({ pid, uid: NOBODY, user: 'nobody', command: '\u001b[31m<b>\n' });
    expect(JSON.parse(JSON.stringify(process)).command).toBe('\u001b[31m<b>\n');
  });

  it('is not the one that has its number now', async ({ pair: { near } }) => {
    await using holders = new Holders(near, ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child']);
    const first = await holders.tell('child 300');
    const init = await until('the pid namespace', () => {
      const children = readFileSync(`/proc/${holders.pid}/task/${holders.pid}/children`, 'utf8');
      return children.trim() === '' ? undefined : children.trim();
    });
    const search = startSearch(`/proc/${init}/root/proc`);
    try {
      expect(first.pid).toBe(300);
      expect((await search.answer(first.inode)).process?.pid).toBe(300);
      const before = search.processes.processOf(first.inode);
      await holders.tell('name second');
      await holders.tell('end');
      const second = await holders.tell('child 300');
      expect(second.pid).toBe(300);
      expect((await search.answer(second.inode)).process).toMatchObject({ pid: 300, command: 'second' });
      expect(search.processes.processOf(first.inode).process?.command).toBe(before.process?.command);
      // All processes there can be read, and none of them holds a socket of another pid namespace.
      await using outside = new Holders(near);
      expect((await search.answer((await outside.tell(`listen ${PORT}`)).inode)).unknown).toBe('none');
      expect(search.processes.readsOthers).toBe(true);
    } finally {
      await search.processes.stop();
    }
  });

  it('is a matter of permission for another user, whose own processes are known', async ({ pair: { near, far } }) => {
    await using server = new Holders(near);
    await using client = new Holders(far);
    const foreign = await server.tell(`listen ${PORT}`);
    await client.tell(`become ${NOBODY}`);
    const own = await client.tell(`connect ${near.ipv4} ${PORT}`);
    const program = join(import.meta.dirname, '../support/processes-of.mjs');
    const args = [`--reuid=${NOBODY}`, '--clear-groups', process.execPath, program, `${foreign.inode}`, `${own.inode}`];
    const { stdout } = await promisify(execFile)('setpriv', args);
    const { readsOthers, answers } = JSON.parse(stdout) as {
      readonly readsOthers: boolean;
      readonly answers: readonly ProcessAnswer[];
    };
    expect(readsOthers).toBe(false);
    expect(answers[0]).toEqual({ process: null, unknown: 'permission' });
    expect(answers[1]?.process).toMatchObject({ pid: own.pid, uid: NOBODY, user: 'nobody' });
  });
});

const mount = findCgroupMount(readFileSync('/proc/self/mountinfo', 'utf8'));
if (isReady && mount === undefined) skipped('cgroups of sockets', 'no cgroup v2 is mounted');

describe.skipIf(!isReady || mount === undefined)('the cgroup of a socket', () => {
  it('has the container that its path names', async ({ pair: { near }, search }) => {
    const parent = `tcpi-${process.pid}`;
    const path = `/${parent}/docker-${CONTAINER}.scope`;
    const folder = `${mount?.path}${path}`;
    mkdirSync(folder, { recursive: true });
    try {
      const { ino } = statSync(folder, { bigint: true });
      await using holders = new Holders(near);
      writeFileSync(join(folder, 'cgroup.procs'), String(holders.pid));
      const { inode, pid } = await holders.tell(`listen ${PORT}`);
      // The kernel's own word for the cgroup in which the socket was made.
      expect(near.run('ss', '-Htlne', '--cgroup')).toContain(path);
      expect((await search.answer(inode, ino)).process?.pid).toBe(pid);
      const cgroup = await until('its cgroup', () => search.processes.cgroupOf(ino) ?? undefined);
      expect(cgroup).toEqual({
        id: String(ino),
        path,
        unit: `docker-${CONTAINER}.scope`,
        container: { id: CONTAINER, runtime: 'docker' },
        pod: null,
      });
    } finally {
      await until('the cgroup to be empty', () => readFileSync(join(folder, 'cgroup.procs'), 'utf8') === '');
      rmdirSync(folder);
      rmdirSync(`${mount?.path}/${parent}`);
    }
  });
});
