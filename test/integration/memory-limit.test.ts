import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { atStop } from '../support/daemon.js';
import { it } from '../support/lab.js';
import { haveLoad, Load, widen } from '../support/load.js';
import { haveMemoryCgroups, MemoryCgroup } from '../support/memory-cgroup.js';
import { unfitForSanitizers } from '../support/sanitizers.js';

const MIB = 1024 * 1024;
const PORT = 30_000;
/** Without a bound, the records of this many take 100 MiB more than everything else within ten seconds. */
const CONNECTIONS = 2000;
const HOLD = { port: PORT, count: CONNECTIONS, seconds: 600, active: 200, 'in-turn': 1, 'max-bytes': 500 };
const LOAD_MS = 15_000;

const isHere =
  haveLoad('a memory limit') &&
  haveMemoryCgroups('a memory limit') &&
  !unfitForSanitizers('a memory limit', 'keeps freed memory, and a shadow of all memory');

describe.skipIf(!isHere)('a memory limit of 128 MiB', () => {
  it('is kept with 2,000 busy connections that replace as many others', async ({ lab }) => {
    widen(lab);
    await using cgroup = new MemoryCgroup(128 * MIB);
    await using server = Load.start(lab.far, 'hold-server', { address: lab.far.ipv4, port: PORT });
    await server.ready();
    const before = Load.start(lab.near, 'hold', { ...HOLD, to: lab.far.ipv4, active: 0 });
    await before.ready();
    const daemon = await lab.startDaemon({ wrapper: cgroup.wrapper });
    await daemon.scanned();
    expect(daemon.log).toContain('memory_limit_mib=128');
    expect(await daemon.metric('tcpinfo_archive_waiting_limit_bytes')).toBeLessThanOrEqual(32 * MIB);
    await before.stop();
    await using load = Load.start(lab.near, 'hold', { ...HOLD, to: lab.far.ipv4 });
    await load.ready();
    await sleep(LOAD_MS);
    expect(await daemon.metric('tcpinfo_archive_waiting_bytes')).toBeGreaterThan(0);
    const [, ownKilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${daemon.pid}/status`, 'utf8')) ?? [];
    expect(Number(ownKilobytes) * 1024).toBeLessThan(120 * MIB);
    const lost = await daemon.metric('tcpinfo_archive_lost_records_total{reason="pressure"}');
    await load.stop();
    expect(await daemon.stop()).toEqual({ code: 0, signal: null });
    expect(atStop(daemon.log, 'records')).toBeGreaterThan(10 * CONNECTIONS);
    expect(atStop(daemon.log, 'lost')).toBeGreaterThanOrEqual(lost);
  });
});
