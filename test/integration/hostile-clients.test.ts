import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect } from 'vitest';
import type { DaemonProcess } from '../support/daemon.js';
import { haveLab, it, type Lab } from '../support/lab.js';
import { until } from '../support/waiting.js';

const PORT = 7070;
const REMOTE = 'tcpinfo_http_connections{side="remote"}';
const DISPLACED = 'tcpinfo_http_connections_refused_total{reason="displaced"}';
const SCRAPES = 'promhttp_metric_handler_requests_total{code="200"}';
/** More than the available places; of the rest, 64 wait in the queue of the kernel, and others retry. */
const CROWD = 600;
const PLACES = 128;

/** Returns the status of a page requested by this machine. */
const ask = async (lab: Lab, host: string, page: string): Promise<number> =>
  (await lab.nearPeer.get(`http://${host}:${PORT}/${page}`)).status;

async function crowd(lab: Lab): Promise<void> {
  await lab.farPeer.connectMany(CROWD, { host: lab.near.ipv4, port: PORT });
}

async function full(daemon: DaemonProcess): Promise<void> {
  await until('all places to be taken', async () => (await daemon.metric(REMOTE)) === PLACES);
}

describe.skipIf(!haveLab('hostile clients'))('hostile clients of the metrics port', () => {
  it('from another machine do not lock this machine out of its pages, at any of its addresses', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    await crowd(lab);
    await full(daemon);
    for (const host of ['127.0.0.1', lab.near.ipv4]) {
      for (const page of ['healthz', 'readyz', 'metrics']) {
        expect(await ask(lab, host, page), `${page} at ${host}`).toBe(200);
      }
    }
    // They replace each other, one at a time, and are counted; their number is bounded.
    await until('one to make room', async () => (await daemon.metric(DISPLACED)) > 0);
    expect(await daemon.metric(REMOTE)).toBe(PLACES);
    expect(await daemon.metric('tcpinfo_http_connections{side="local"}')).toBeGreaterThan(0);
    await daemon.logged(/msg="connection to the metrics port refused; more are only counted" .*reason=displaced/);
    expect(daemon.log.match(/metrics port refused/g)).toHaveLength(1);
  });

  it('let another scraper in, which replaces the longest silent connection', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    await lab.farPeer.connectMany(PLACES, { host: lab.near.ipv4, port: PORT });
    await full(daemon);
    const page = await lab.farPeer.get(`http://${lab.near.ipv4}:${PORT}/metrics`);
    expect(page.status).toBe(200);
    expect(page.body).toContain('# TYPE tcpinfo_scans_total counter\n');
    expect(await daemon.metric(DISPLACED)).toBeGreaterThan(0);
  });

  it('share a page for one second, and this machine gets a current one', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const shown = (page: string) =>
      Number(/^promhttp_metric_handler_requests_total\{code="200"\} (\d+)$/m.exec(page)?.[1]);
    const remote = async () => shown((await lab.farPeer.get(`http://${lab.near.ipv4}:${PORT}/metrics`)).body);
    // A page contains the number of earlier answers: equal numbers mean the same page.
    let last = await remote();
    await until('a page that two got', async () => {
      const before = last;
      last = await remote();
      return last === before;
    });
    const before = await daemon.metric(SCRAPES);
    expect(await daemon.metric(SCRAPES)).toBe(before + 1);
  });

  it('keep the port occupied for another collector', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const second = await lab.startDaemon({ ready: false, args: [`-tcpinfo.eventsocket=${lab.eventSocket}2`] });
    expect((await second.exited()).code).not.toBe(0);
    expect(second.log).toContain('address already in use (EADDRINUSE)');
    expect(await ask(lab, '127.0.0.1', 'healthz')).toBe(200);
    expect(await daemon.scrape()).toContain('tcpinfo_build_info');
  });
});

/** Connects event clients that never read. */
async function muteClients(count: number, path: string): Promise<Socket[]> {
  return await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect({ path });
      await once(socket, 'connect');
      return socket.pause();
    }),
  );
}

describe.skipIf(!haveLab('mute event clients'))('event clients that request a replay and do not read', () => {
  it('cost little memory, and are closed together', async ({ lab }) => {
    const CLIENTS = 300;
    const CONNECTIONS = 1000;
    const RSS = 'process_resident_memory_bytes';
    const daemon = await lab.startDaemon({ args: ['-events.replay', '-events.v2'] });
    const port = await lab.nearPeer.listen('0.0.0.0');
    await lab.farPeer.connectMany(CONNECTIONS, { host: lab.near.ipv4, port });
    await until(
      'all opens',
      async () => (await daemon.metric('tcpinfo_flow_events_total{event="open"}')) >= CONNECTIONS,
    );
    const before = await daemon.metric(RSS);
    const sockets = await muteClients(CLIENTS, lab.eventSocket);
    await until('all clients', async () => (await daemon.metric('tcpinfo_event_clients')) === CLIENTS);
    const more = await lab.farPeer.connectMany(CONNECTIONS, { host: lab.near.ipv4, port });
    await Promise.all(more.map((each) => each.reset()));
    const CLOSES = 'tcpinfo_flow_events_total{event="close"}';
    await until('all closes', async () => (await daemon.metric(CLOSES)) >= CONNECTIONS);
    // All share one queue. A list and a queue for each took some 2 MiB per client.
    expect(await daemon.metric('tcpinfo_event_queue_bytes')).toBeGreaterThan(CONNECTIONS * 300);
    expect((await daemon.metric(RSS)) - before).toBeLessThan(CLIENTS * 2 ** 19);
    expect(await daemon.metric('tcpinfo_event_clients')).toBe(CLIENTS);
    // The shutdown waits one second for all of them together.
    expect((await daemon.stop()).code).toBe(0);
    for (const socket of sockets) socket.destroy();
  });
});
