import type { RelayConnectOptions, RelayLimits, RelayListenOptions, RelaySocketOptions } from '../native/index.js';
import type { ForwardOptions, LimitOptions, ServiceConfig } from '../services/config/index.js';
import { clientSilentMs } from './close-reason.js';

/** Silence after which keep-alive probes begin, in seconds. */
const KEEP_ALIVE_SEC = 30;
/** Longest time of a relay, in ms: 24 days. Longer limits are this long. */
const MAX_MS = 2 ** 31 - 1;

/** Returns the socket options of both sides. */
export function socketOptions(
  limits: Pick<LimitOptions, 'writeTimeoutMs'>,
  { keepalive }: Pick<ForwardOptions, 'keepalive'>,
): Required<RelaySocketOptions> {
  return { userTimeoutMs: bounded(limits.writeTimeoutMs), keepAliveSec: keepalive ? KEEP_ALIVE_SEC : 0 };
}

/** Returns the time limits of a connection. A half-closed pair is idle only without data in both directions. */
export function timeLimits(limits: LimitOptions): Required<RelayLimits> {
  return {
    idleMs: limits.idleCounts === 'any' ? bounded(limits.maxIdleMs) : 0,
    clientSilentMs: bounded(clientSilentMs(limits)),
    halfClosedMs: bounded(limits.maxIdleMs),
    lifetimeMs: bounded(limits.maxLifetimeMs),
  };
}

/** Returns the limit on connections that the listener itself keeps, so that clients wait in the backlog. */
export function maxOpen({ connLimit, whenFull }: Pick<LimitOptions, 'connLimit' | 'whenFull'>): number {
  return whenFull === 'wait' && connLimit > 0 ? connLimit : Number.POSITIVE_INFINITY;
}

/** Returns the options of a service's listener, which accepts nothing until it is resumed. */
export function listenOptions(
  { limits, listenPorts }: Pick<ServiceConfig, 'limits' | 'listenPorts'>,
  forward: ForwardOptions,
  address: string,
  takesOver: boolean,
): RelayListenOptions {
  const most = maxOpen(limits);
  return {
    address,
    port: listenPorts[0]?.first ?? 0,
    paused: true,
    shares: true,
    takesOver,
    ...socketOptions(limits, forward),
    ...(Number.isFinite(most) ? { maxOpen: most } : {}),
  };
}

/** Returns the options of a connect. */
export function connectOptions(
  limits: LimitOptions,
  forward: ForwardOptions,
  target: { readonly address: string; readonly connectTimeoutMs: number; readonly firstBytes: Uint8Array | undefined },
): RelayConnectOptions {
  const { source, dump, dumpMaxBytes, backendPort: port } = forward;
  return {
    address: target.address,
    port,
    connectTimeoutMs: bounded(target.connectTimeoutMs),
    ...socketOptions(limits, forward),
    ...timeLimits(limits),
    ...(source === 'client' ? { transparent: true } : {}),
    ...(typeof source === 'object' ? { source: source.address } : {}),
    ...(target.firstBytes === undefined ? {} : { firstBytes: target.firstBytes }),
    ...(dump === 'none' ? {} : { dumpBytes: dumpMaxBytes }),
  };
}

function bounded(ms: number): number {
  return Math.min(MAX_MS, Math.ceil(ms));
}
