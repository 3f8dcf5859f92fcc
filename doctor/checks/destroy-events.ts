import { getSystemErrorName } from 'node:util';
import { DESTROY_EVENT_TRUESIZE } from '../../inetdiag/index.js';
import { defineCheck } from '../check.js';
import type { DestroyEventFindings } from '../probes/destroy-events.js';
import { bytes, count, plural, time } from '../words.js';

/** Events that should fit while the poll thread is delayed: half a second at 10,000 closed connections a second. */
const ENOUGH_EVENTS = 5000;

/** Check that the kernel reports closed connections. */
export const destroyEvents = defineCheck<DestroyEventFindings>({
  name: 'destroy-events',
  tells: 'whether the kernel reports the close of a test connection, and how fast',
  warns:
    'destroy events are not available, or none arrives within 2 s: short connections and final counters are then missed',
  remedy: 'allow `bind` with multicast groups on `NETLINK_SOCK_DIAG`',
  needs: ['sock-diag'],
  gather: ({ destroyEvents }) => destroyEvents(),
  judge: ({ failure, loopback, toldNs }) => {
    if (failure !== undefined) {
      return {
        level: 'warn',
        found: `no destroy events: ${failure.op}: ${getSystemErrorName(-failure.errno)}`,
        advice:
          'allow bind with multicast groups on NETLINK_SOCK_DIAG (seccomp, gVisor), on Linux 4.2 or later; ' +
          'otherwise short connections and final counters are missed',
      };
    }
    if (loopback !== undefined) {
      return {
        level: 'ok',
        found: `destroy events are on; not tried with a connection, because loopback does not work: ${loopback}`,
      };
    }
    if (toldNs === undefined) {
      return {
        level: 'warn',
        found: 'destroy events are on, but none arrived within 2 s of a close',
        advice: 'run it again: a machine whose kernel workers get no CPU time is late; if the problem stays, report it',
      };
    }
    return { level: 'ok', found: `the kernel reports closed connections: a test connection after ${time(toldNs)}` };
  },
});

interface BufferFacts {
  readonly bufferBytes: number;
  readonly wantedBytes: number;
  readonly forced: boolean;
  /** Events that fit, and events wanted. */
  readonly events: number;
  readonly wantedEvents: number;
  /** Value of net.core.rmem_max; absent when invisible, as in a network namespace on most kernels. */
  readonly rmemMax?: number;
  /** Value of net.core.rmem_max that would be enough. */
  readonly wantedRmemMax: number;
}

/** Check of how many destroy events can wait in the kernel. */
export const receiveBuffer = defineCheck<BufferFacts>({
  name: 'receive-buffer',
  tells: 'how many destroy events can wait in the kernel until they are read; 50,000 are wanted',
  warns: `fewer than ${count(ENOUGH_EVENTS)}: when more connections end at one time, events are lost, and counted`,
  remedy: '`sysctl -w net.core.rmem_max=` with the number in the advice, on the host; or CAP_NET_ADMIN',
  needs: ['destroy-events'],
  gather: async ({ destroyEvents, read }) => {
    const { receiveBufferBytes: bufferBytes = 0, wantedBytes, forced = false } = await destroyEvents();
    const rmemMax = Number(read('/proc/sys/net/core/rmem_max') ?? Number.NaN);
    return {
      bufferBytes,
      wantedBytes,
      forced,
      events: Math.floor(bufferBytes / DESTROY_EVENT_TRUESIZE),
      wantedEvents: Math.floor(wantedBytes / DESTROY_EVENT_TRUESIZE),
      ...(Number.isFinite(rmemMax) ? { rmemMax } : {}),
      // The kernel doubles the given value, for its overhead.
      wantedRmemMax: Math.ceil(wantedBytes / 2),
    };
  },
  judge: ({ bufferBytes, events, wantedEvents, forced, rmemMax, wantedRmemMax }) => {
    // The advice for this case is that of destroy-events.
    if (bufferBytes === 0) return { level: 'ok', found: 'no buffer, because there are no destroy events' };
    const limit = rmemMax === undefined ? '' : `, ${count(rmemMax)}`;
    const by = forced ? '' : ` (limited by net.core.rmem_max${limit})`;
    if (events >= wantedEvents)
      return { level: 'ok', found: `${plural(events, 'event')} can wait: ${bytes(bufferBytes)}` };
    const found = `${plural(events, 'event')} can wait of ${count(wantedEvents)} wanted: ${bytes(bufferBytes)}${by}`;
    if (events >= ENOUGH_EVENTS) return { level: 'ok', found };
    return {
      level: 'warn',
      found: `${found}; more at one time are lost`,
      advice: `on the host: sysctl -w net.core.rmem_max=${wantedRmemMax}; or grant CAP_NET_ADMIN (docker: --cap-add NET_ADMIN)`,
    };
  },
});
