import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { DaemonProcess } from './daemon.js';
import type { Lab } from './lab.js';
import type { ConnectOptions, PeerConnection, PeerError } from './peer.js';
import { until } from './waiting.js';

/** Time in which a connection that no rule names would have been ended, were there a mistake. */
export const QUIET_MS = 300;

/** Daemon that watches a listener. */
export interface Watched {
  readonly daemon: DaemonProcess;
  readonly port: number;
}

/** Starts a daemon that watches a new listener as the service `web`, with these further lines of YAML. */
export async function watch(
  lab: Lab,
  keys: Readonly<Record<string, string>> = {},
  {
    enforce = '-services.enforce',
    host = '0.0.0.0',
    port = undefined as number | undefined,
    wrapper = [] as readonly string[],
    more = [] as readonly string[],
  } = {},
): Promise<Watched> {
  const listening = port ?? (await lab.nearPeer.listen(host));
  const file = join(lab.folder, `services-${listening}.yaml`);
  const lines = Object.entries({ listen_port: String(listening), ...keys }).map(
    ([key, value]) => `  ${key}: ${value}\n`,
  );
  writeFileSync(file, `web:\n${lines.join('')}`);
  const args = [`-services=${file}`, ...(enforce === '' ? [] : [enforce]), ...more];
  const daemon = await lab.startDaemon({ args, wrapper });
  await daemon.logged(/msg="services are watched" services=1/);
  expect(daemon.log).toMatch(/msg="watching service" service=web/);
  return { daemon, port: listening };
}

/** Returns a sample of a metric of services. */
export async function metric(daemon: DaemonProcess, name: string, labels = 'service="web"'): Promise<number> {
  return await daemon.metric(`tcpinfo_service_${name}${labels === '' ? '' : `{${labels}}`}`);
}

/** Returns how many connections were rejected for a reason. */
export async function rejected(daemon: DaemonProcess, reason: string): Promise<number> {
  return await metric(daemon, 'rejected_total', `reason="${reason}",service="web"`);
}

/** Returns how many connections ended for a reason. */
export async function closed(daemon: DaemonProcess, reason: string): Promise<number> {
  return await metric(daemon, 'closed_total', `reason="${reason}",service="web"`);
}

/** Connects to the service, and checks that the connection is ended: before the client knows that it is open, or then. */
export async function expectRejected(lab: Lab, port: number, options: Partial<ConnectOptions> = {}): Promise<void> {
  const code = await lab.farPeer.connect({ host: lab.near.ipv4, port, ...options }).then(
    (connection) => connection.closed(),
    (error: PeerError) => error.code,
  );
  expect(code).toBe('ECONNRESET');
}

/** Checks that these connections are open and take data. */
export async function expectOpen(...connections: readonly PeerConnection[]): Promise<void> {
  await sleep(QUIET_MS);
  for (const connection of connections) await connection.send(1);
}

/** Opens a connection and waits until it counts. */
export async function admitted({ daemon, port }: Watched, lab: Lab, localAddress?: string): Promise<PeerConnection> {
  const before = await metric(daemon, 'connections');
  const address = localAddress === undefined ? {} : { localAddress };
  const far = await lab.farPeer.connect({ host: lab.near.ipv4, port, ...address });
  await until('a connection that counts', async () => (await metric(daemon, 'connections')) === before + 1);
  return far;
}

/** Gives the far namespace further addresses, and returns them with its first one. */
export function addresses({ far }: Lab): [string, string, string] {
  const [, device = ''] = /dev (\S+)/.exec(far.run('ip', '-4', 'route', 'show', 'scope', 'link')) ?? [];
  const net = far.ipv4.replace(/\.\d+$/, '');
  for (const last of [21, 22]) far.run('ip', 'address', 'add', `${net}.${last}/24`, 'dev', device);
  return [far.ipv4, `${net}.21`, `${net}.22`];
}
