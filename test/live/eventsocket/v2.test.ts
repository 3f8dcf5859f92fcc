import { connect } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type CloseEvent,
  connectEvents,
  type EventServer,
  type EventServerOptions,
  type OpenEvent,
  parseEvent,
} from '../../../live/eventsocket/index.js';
import type { Metrics } from '../../../metrics/index.js';
import { tcpInfo } from '../../support/messages.js';
import {
  connectReader,
  makeConnection,
  makeConnectionWith,
  makeServer,
  metricOf,
  type Reader,
  until,
  useServers,
  uuidOf,
} from './harness.js';

const { servers, sockets, socketPath } = useServers();
let path: string;
beforeEach(() => {
  path = socketPath();
});

async function start(options: Partial<EventServerOptions> = {}): Promise<{ server: EventServer; metrics: Metrics }> {
  const made = makeServer({ v2: true, ...options });
  servers.push(made.server);
  await made.server.listen(path);
  return made;
}

function newReader(): Reader {
  const reader = connectReader(path);
  sockets.push(reader.socket);
  return reader;
}

/** A tcp_info of 232 bytes, as in Linux 5.4, with some of its counters. */
function counters(bytesSent: bigint): Buffer {
  const info = tcpInfo(232);
  info.fill(0);
  info.writeUInt32LE(1234, 68);
  info.writeUInt32LE(0xffff_ffff, 148);
  info.writeBigUInt64LE(bytesSent, 200);
  return info;
}

const END = { timestamp: '2026-11-20T23:28:04Z', cause: 'event' } as const;

describe('EventServer with v2', () => {
  it('numbers events and sends final counters, byte for byte', async () => {
    const { server } = await start();
    server.opened(makeConnection(8)); // before a client connects
    const reader = newReader();
    await until('the client is served', () => server.clients === 1);
    const connection = makeConnectionWith(9, counters(1n));
    server.opened(connection);
    connection.last = { timestamp: END.timestamp, attributes: [null, null, counters(2n ** 63n + 1n)] };
    server.closed(connection, END);
    await until('both lines came', () => reader.text().split('\n').length === 3);
    expect(reader.text()).toBe(
      `{"Event":0,"Timestamp":"2026-11-20T23:28:03.06902869Z","UUID":"${uuidOf(9)}","ID":{"SPort":5001,"DPort":9,` +
        '"SrcIP":"10.88.0.1","DstIP":"10.88.0.9","Interface":0,"Cookie":9},"Seq":2,"Dropped":0}\n' +
        `{"Event":1,"Timestamp":"2026-11-20T23:28:04Z","UUID":"${uuidOf(9)}","ID":null,` +
        '"StartTime":"2026-11-20T23:28:03.06902869Z","Cause":"event","Final":{"tcpi_bytes_sent":9223372036854775809,' +
        '"tcpi_bytes_retrans":0,"tcpi_bytes_acked":0,"tcpi_bytes_received":0,"tcpi_segs_out":0,"tcpi_segs_in":0,' +
        '"tcpi_data_segs_out":0,"tcpi_data_segs_in":0,"tcpi_total_retrans":0,"tcpi_delivered":0,"tcpi_delivered_ce":0,' +
        '"tcpi_dsack_dups":0,"tcpi_reord_seen":0,"tcpi_rcv_ooopack":0,"tcpi_rtt":1234,"tcpi_rttvar":0,' +
        '"tcpi_min_rtt":null,"tcpi_delivery_rate":0,"tcpi_busy_time":0,"tcpi_rwnd_limited":0,"tcpi_sndbuf_limited":0},' +
        '"Seq":3,"Dropped":0}\n',
    );
  });

  it('omits counters that the kernel did not send', async () => {
    const { server } = await start();
    const reader = newReader();
    await until('the client is served', () => server.clients === 1);
    // The struct of Linux 4.1 ends with tcpi_bytes_received.
    server.closed(makeConnectionWith(1, counters(1n).subarray(0, 136)), END);
    server.closed(makeConnection(2), { ...END, cause: 'shutdown' });
    await until('both came', () => reader.text().split('\n').length === 3);
    const [short, none] = reader.text().split('\n').map(parseLine);
    expect(short?.kind === 'close' && short.final).toEqual({
      bytesAcked: 0n,
      bytesReceived: 0n,
      totalRetrans: 0,
      rttUs: 1234,
      rttvarUs: 0,
    });
    expect(none).toMatchObject({ kind: 'close', cause: 'shutdown' });
    expect(none).not.toHaveProperty('final');
  });

  it('keeps the counters of a connection whose last record has none', async () => {
    const { server } = await start();
    const connection = makeConnectionWith(1, counters(1n));
    server.opened(connection);
    connection.last = { timestamp: 't', attributes: [null, null, counters(77n)] };
    server.changed(connection);
    connection.last = { timestamp: 't', attributes: [null] };
    server.changed(connection);
    const reader = newReader();
    await until('the client is served', () => server.clients === 1);
    server.closed(connection, END);
    await until('it came', () => reader.text().endsWith('\n'));
    expect(parseLine(reader.text().trimEnd())).toMatchObject({ final: { bytesSent: 77n }, sequence: 2 });
  });

  it('reports the lost events of a dropped client to the others, and shows that client a gap', async () => {
    const { server, metrics } = await start({ queueLimitBytes: 64 * 1024 });
    const sleeper = connect({ path });
    sockets.push(sleeper);
    sleeper.on('error', () => {}).pause();
    const reader = newReader();
    await until('both are served', () => server.clients === 2);
    let sent = 0;
    for (; server.clients === 2; sent++) {
      expect(sent, 'the stuck client is not dropped').toBeLessThan(100_000);
      server.opened(makeConnection(sent));
      if (sent % 100 === 0) {
        await until('the reader has them', () => reader.text().includes(`"${uuidOf(sent)}"`));
      }
    }
    const lost = await metricOf(metrics, 'tcpinfo_events_lost_total');
    expect(lost).toBeGreaterThan(0);
    const again = newReader();
    await until('it is back', () => server.clients === 2);
    server.opened(makeConnection(sent));
    await until('the next came', () => again.text().endsWith('\n'));
    expect(parseLine(again.text().trimEnd())).toMatchObject({ sequence: sent + 1, dropped: lost });
    await until('the reader has it, too', () => reader.text().includes(`"${uuidOf(sent)}"`));
    const numbers = reader.text().split('\n').slice(0, -1).map(parseLine);
    expect(numbers.map((event) => event?.sequence)).toEqual(numbers.map((_, i) => i + 1));
  });

  it('is read by the client library', async () => {
    const connection = makeConnectionWith(5, counters(3n));
    const { server } = await start({ live: () => [connection] });
    const events = connectEvents(path);
    expect((await events.next()).value).toMatchObject({ uuid: uuidOf(5), replay: true, sequence: 0, dropped: 0 });
    server.closed(connection, END);
    expect((await events.next()).value).toMatchObject({ cause: 'event', final: { bytesSent: 3n }, sequence: 1 });
    await events.return();
  });
});

function parseLine(line: string): CloseEvent | OpenEvent | undefined {
  const event = line === '' ? undefined : parseEvent(line);
  return event?.kind === 'unknown' ? undefined : event;
}
