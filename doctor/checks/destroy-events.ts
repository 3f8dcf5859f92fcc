import { getSystemErrorName } from 'node:util';
import { DESTROY_EVENT_TRUESIZE } from '../../inetdiag/index.js';
import { defineCheck } from '../check.js';
import type { EndFindings } from '../probes/ends.js';
import { bytes, count, plural, time } from '../words.js';

/** Ends that should fit while the poll thread is held up: half a second of 10,000 connections a second. */
const ENOUGH_EVENTS = 5000;

/** Whether the kernel tells of ends. */
export const destroyEvents = defineCheck<EndFindings>({
  name: 'destroy-events',
  tells: 'whether the kernel tells of the end of a connection of our own, and how fast',
  warns:
    'it cannot be listened for, or nothing is told within 2 s: connections between two scans are missed then, and final counters',
  remedy: 'allow `bind` with multicast groups on `NETLINK_SOCK_DIAG`',
  needs: ['sock-diag'],
  gather: ({ ends }) => ends(),
  judge: ({ failure, loopback, toldNs }) => {
    if (failure !== undefined) {
      return {
        level: 'warn',
        found: `ends cannot be listened for: ${failure.op}: ${getSystemErrorName(-failure.errno)}`,
        advice:
          'allow bind with multicast groups on NETLINK_SOCK_DIAG (seccomp, gVisor), on Linux 4.2 or later; ' +
          'without, short connections are missed, and final counters',
      };
    }
    if (loopback !== undefined) {
      return {
        level: 'ok',
        found: `ends are listened for; not tried with a connection, for loopback does not work: ${loopback}`,
      };
    }
    if (toldNs === undefined) {
      return {
        level: 'warn',
        found: 'ends are listened for, but nothing was told of one within 2 s',
        advice: 'run it again: a machine without time for its kernel workers is late; if it stays, report it',
      };
    }
    return { level: 'ok', found: `the kernel tells of ends: of ours ${time(toldNs)} after its close` };
  },
});

interface BufferFacts {
  readonly bufferBytes: number;
  readonly wantedBytes: number;
  readonly forced: boolean;
  /** Ends that fit, and that are wanted. */
  readonly events: number;
  readonly wantedEvents: number;
  /** net.core.rmem_max; absent where it cannot be seen, as in a network namespace on most kernels. */
  readonly rmemMax?: number;
  /** What it would have to be. */
  readonly wantedRmemMax: number;
}

/** How many ends may wait in the kernel. */
export const receiveBuffer = defineCheck<BufferFacts>({
  name: 'receive-buffer',
  tells: 'how many ends may wait in the kernel until they are read; 50,000 are wanted',
  warns: `fewer than ${count(ENOUGH_EVENTS)}: more that end at one time are lost, and counted`,
  remedy: '`sysctl -w net.core.rmem_max=` the number that it says, on the host; or CAP_NET_ADMIN',
  needs: ['destroy-events'],
  gather: async ({ ends, read }) => {
    const { receiveBufferBytes: bufferBytes = 0, wantedBytes, forced = false } = await ends();
    const rmemMax = Number(read('/proc/sys/net/core/rmem_max') ?? Number.NaN);
    return {
      bufferBytes,
      wantedBytes,
      forced,
      events: Math.floor(bufferBytes / DESTROY_EVENT_TRUESIZE),
      wantedEvents: Math.floor(wantedBytes / DESTROY_EVENT_TRUESIZE),
      ...(Number.isFinite(rmemMax) ? { rmemMax } : {}),
      // The kernel doubles what it is given, for its overhead.
      wantedRmemMax: Math.ceil(wantedBytes / 2),
    };
  },
  judge: ({ bufferBytes, events, wantedEvents, forced, rmemMax, wantedRmemMax }) => {
    // What to do about it stands at destroy-events.
    if (bufferBytes === 0) return { level: 'ok', found: 'none: ends are not listened for' };
    const limit = rmemMax === undefined ? '' : `, ${count(rmemMax)}`;
    const by = forced ? '' : ` (limited by net.core.rmem_max${limit})`;
    if (events >= wantedEvents)
      return { level: 'ok', found: `${plural(events, 'end')} may wait: ${bytes(bufferBytes)}` };
    const found = `${plural(events, 'end')} may wait of ${count(wantedEvents)} wanted: ${bytes(bufferBytes)}${by}`;
    if (events >= ENOUGH_EVENTS) return { level: 'ok', found };
    return {
      level: 'warn',
      found: `${found}; more at one time are lost`,
      advice: `on the host: sysctl -w net.core.rmem_max=${wantedRmemMax}; or grant CAP_NET_ADMIN (docker: --cap-add NET_ADMIN)`,
    };
  },
});
