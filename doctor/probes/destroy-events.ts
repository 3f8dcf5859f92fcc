import { setTimeout as sleep } from 'node:timers/promises';
import { tcpConnections } from '../../collector/index.js';
import { describeSystemError } from '../../host/index.js';
import { decodeInetDiagMsg } from '../../inetdiag/index.js';
import type { AnyBatch, DestroyedKeys, NetlinkAddon, ScanFailure } from '../../native/index.js';
import { NLMSG_HDRLEN } from '../../netlink/index.js';
import { connectLoopback, type LoopbackConnection } from './loopback.js';

/** Longest wait for a destroy event, which takes well under a millisecond on an idle machine. */
const DEADLINE_MS = 2000;
const BEAT_NS = 100e6;
const LOOK_MS = 1;

/** Result of {@link probeDestroyEvents}. */
export interface DestroyEventFindings {
  /** Error that prevents destroy events; absent when they are on. */
  readonly failure?: ScanFailure;
  /** Receive buffer, as the kernel counts it; absent without destroy events. */
  readonly receiveBufferBytes?: number;
  /** Buffer size that the collector asks for. */
  readonly wantedBytes: number;
  /** True when the buffer may exceed net.core.rmem_max. */
  readonly forced?: boolean;
  /** Error that prevented a test connection over loopback; absent when there was one. */
  readonly loopback?: string;
  /** Time from a close to its destroy event, nanoseconds; absent when it did not arrive in time, or without a test. */
  readonly toldNs?: number;
}

/** Subscribes to destroy events as the collector does, and closes a test connection. */
export async function probeDestroyEvents(netlink: Pick<NetlinkAddon, 'Poller'>): Promise<DestroyEventFindings> {
  const source = tcpConnections(BEAT_NS, 'auto');
  const wantedBytes = source.destroyEvents?.receiveBufferBytes ?? 0;
  let ports: LoopbackConnection['ports'] | undefined;
  let toldAtMs: number | undefined;
  const onBatch = (batch: AnyBatch): void => {
    if (batch.kind === 'quiet' || ports === undefined) return;
    if (toldAtMs === undefined && tellsOf(batch.destroyed, ports)) toldAtMs = performance.now();
  };
  const poller = new netlink.Poller({ sources: [source] }, onBatch);
  poller.start();
  try {
    const { failure, receiveBufferBytes, forced } = poller.listening(0) ?? {};
    if (failure !== undefined) return { failure, wantedBytes };
    const known = {
      wantedBytes,
      ...(receiveBufferBytes === undefined ? {} : { receiveBufferBytes }),
      ...(forced === undefined ? {} : { forced }),
    };
    let connection: LoopbackConnection;
    try {
      connection = await connectLoopback();
    } catch (error) {
      return { ...known, loopback: describeSystemError(error) };
    }
    ({ ports } = connection);
    const closedAtMs = performance.now();
    await connection.close();
    while (toldAtMs === undefined && performance.now() < closedAtMs + DEADLINE_MS) await sleep(LOOK_MS);
    return toldAtMs === undefined ? known : { ...known, toldNs: (toldAtMs - closedAtMs) * 1e6 };
  } finally {
    await poller.stop();
  }
}

function tellsOf({ data, messages }: DestroyedKeys, ports: LoopbackConnection['ports']): boolean {
  for (let at = 0; at + 3 < messages.length; at += 4) {
    const start = messages[at] ?? 0;
    const { id } = decodeInetDiagMsg(data.subarray(start + NLMSG_HDRLEN, start + (messages[at + 1] ?? 0)));
    if (ports.includes(id.sport) && ports.includes(id.dport)) return true;
  }
  return false;
}
