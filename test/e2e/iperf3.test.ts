import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { byPorts, readOutput, sentBytes } from '../support/archives.js';
import { DIST } from '../support/daemon.js';
import { haveLab, it, type Lab, UUID_PREFIX } from '../support/lab.js';
import { havePrograms } from '../support/programs.js';
import { Running } from '../support/running.js';
import { until } from '../support/waiting.js';

const SECONDS = 3;
/** Bytes that an iperf3 client sends before its data on each stream (COOKIE_SIZE in iperf.h). */
const COOKIE_BYTES = 37;
const CLIENT = join(DIST, 'cmd', 'example-eventsocket-client', 'main.js');

const UUID = `${UUID_PREFIX.replaceAll('.', '\\.')}_[0-9A-F]{16}`;
const TIME = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d{0,8}[1-9])?Z';
const ID =
  '\\{"SPort":\\d+,"DPort":\\d+,"SrcIP":"[0-9a-f.:]+","DstIP":"[0-9a-f.:]+","Interface":\\d+,"Cookie":-?\\d+\\}';
/** Event lines, byte for byte as m-lab/tcp-info writes them. */
const OPEN_LINE = new RegExp(`^\\{"Event":0,"Timestamp":"${TIME}","UUID":"${UUID}","ID":${ID}\\}$`);
const CLOSE_LINE = new RegExp(`^\\{"Event":1,"Timestamp":"${TIME}","UUID":"${UUID}","ID":null\\}$`);

/** Fields of `iperf3 --json` used here. */
interface IperfReport {
  readonly start: { readonly connected: readonly { readonly local_port: number; readonly remote_port: number }[] };
  readonly end: { readonly sum_sent: { readonly bytes: number }; readonly sum_received: { readonly bytes: number } };
}

/** Runs iperf3 from far to near, at a rate that leaves the machine time for everything else. */
async function iperf(lab: Lab, ...args: readonly string[]): Promise<IperfReport> {
  await using server = Running.inside(lab.near, 'iperf3', '-s', '-1', '-p', '5201', '--forceflush');
  await until('iperf3 server', () => server.output.includes('listening'));
  const duration = ['-t', String(SECONDS), '-b', '200M'];
  await using client = Running.inside(
    lab.far,
    'iperf3',
    '-c',
    lab.near.ipv4,
    '-p',
    '5201',
    '--json',
    ...duration,
    ...args,
  );
  expect(await client.ended()).toBe(0);
  await server.ended();
  return JSON.parse(client.output) as IperfReport;
}

const HAVE_ALL = haveLab('the daemon beside iperf3') && havePrograms('the daemon beside iperf3', 'iperf3');

describe.skipIf(!HAVE_ALL)('the daemon beside iperf3', () => {
  it('archives what iperf3 measured, and sends events to two clients', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const events = await lab.readEvents();
    expect(existsSync(CLIENT)).toBe(true);
    await using example = new Running(process.execPath, [CLIENT, `-tcpinfo.eventsocket=${lab.eventSocket}`]);
    await until('the example client', () => example.output.includes('connected'));

    const { start, end } = await iperf(lab);
    const [stream] = start.connected;
    const { local_port: dport = 0, remote_port: sport = 0 } = stream ?? {};
    const opened = await events.opened(sport, dport);
    await events.closed(opened.UUID);
    await daemon.stop();
    await events.ended();

    const { rows, uuid } = byPorts(readOutput(daemon.output), sport, dport);
    expect(uuid).toBe(opened.UUID);
    // A beat is 10 ms; a busy machine may miss half of them.
    expect(rows.length).toBeGreaterThan((SECONDS * 100) / 2);
    const received = rows.findLast(({ info }) => info !== undefined)?.info?.bytesReceived ?? 0;
    // The last record is final: it counts all that the program has read.
    expect(received).toBeGreaterThanOrEqual(end.sum_received.bytes + COOKIE_BYTES);
    expect(received).toBeLessThanOrEqual(end.sum_sent.bytes + COOKIE_BYTES + 1);
    const halfway = rows.find(({ timestampNs }) => timestampNs - (rows[0]?.timestampNs ?? 0n) > (SECONDS * 1e9) / 2);
    expect(halfway?.info?.bytesReceived).toBeGreaterThan(0.25 * received);
    expect(halfway?.info?.bytesReceived).toBeLessThan(0.75 * received);

    for (const line of events.lines) expect(line).toMatch(line.startsWith('{"Event":0') ? OPEN_LINE : CLOSE_LINE);
    // iperf3 opens a control connection and one for its data.
    expect(events.of('open').length).toBeGreaterThanOrEqual(2);
    expect(await example.ended()).toBe(0);
    const printed = example.output.split('\n').filter((line) => /^(open|close)\t/.test(line));
    const told = events.events.map(
      ({ Event, UUID: id, Timestamp }) => `${Event === 0 ? 'open' : 'close'}\t${Timestamp}\t${id}`,
    );
    expect(printed.map((line) => line.split('\t').slice(0, 3).join('\t'))).toEqual(told);
  });

  it('archives what iperf3 sends in reverse', async ({ lab }) => {
    const daemon = await lab.startDaemon();
    const { start, end } = await iperf(lab, '--reverse');
    const [stream] = start.connected;
    await daemon.scanned();
    await daemon.stop();
    const recorded = byPorts(readOutput(daemon.output), stream?.remote_port ?? 0, stream?.local_port ?? 0);
    const last = recorded.rows.findLast(({ info }) => info !== undefined) ?? recorded.last;
    const sent = sentBytes(last);
    expect(sent).toBeGreaterThanOrEqual(end.sum_received.bytes);
    expect(sent).toBeLessThanOrEqual(end.sum_sent.bytes);
    expect(last.info?.bytesReceived).toBeGreaterThanOrEqual(COOKIE_BYTES);
  });
});
