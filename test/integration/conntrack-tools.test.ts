import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect } from 'vitest';
import {
  askConntrackCounts,
  ConntrackStatus,
  deleteFlow,
  type Flow,
  type FollowedFlow,
  familyName,
  flowStateName,
  followFlows,
  listFlows,
  protocolName,
  readConntrackCounts,
  sumCpuCounters,
  type Tuple,
} from '../../conntrack/kernel/index.js';
import { addRules, type ConntrackLab, haveConntrackLab, it, setTracking } from '../support/conntrack-lab.js';
import { havePrograms } from '../support/programs.js';
import { until } from '../support/waiting.js';

const WHAT = 'the comparison with conntrack-tools';
const LOOPBACK = '127.0.0.1';
const MARKER_PORT = 7999;

/** Events that fit the default receive buffer of conntrack(8), which holds 166. */
const SLICE = 100;

/**
 * Makes about a thousand flows of TCP and UDP, IPv4 and IPv6, some of them translated, and ends a part.
 * @param rest called after each slice of events
 */
async function makeTraffic(lab: ConntrackLab, rest = async (): Promise<void> => {}): Promise<void> {
  const { near, far } = lab;
  const [v4, v6] = [await lab.farPeer.listen(far.ipv4), await lab.farPeer.listen(far.ipv6)];
  // A server of its own: with the same one, a source port that comes again makes a translated flow clash with another.
  const translated = await lab.farPeer.listen(far.ipv4);
  addRules(
    near,
    { kind: 'snat', hook: 'postrouting', protocol: 'udp', port: 7200, address: '127.0.0.9' },
    { kind: 'dnat', hook: 'output', protocol: 'tcp', port: 9000, address: far.ipv4, toPort: translated },
    { kind: 'zone', hook: 'output', protocol: 'udp', port: 7100, zone: 3 },
  );
  const datagrams = [
    { address: LOOPBACK, port: 7000, count: 500 },
    { address: '::1', port: 7000, count: 300 },
    { address: LOOPBACK, port: 7200, count: 100 },
    { address: LOOPBACK, port: 7100, count: 100 },
  ];
  for (const { count, ...to } of datagrams) {
    for (let first = 20_000; first < 20_000 + count; first += SLICE) {
      lab.sendDatagrams(near, { ...to, count: SLICE, firstPort: first });
      await rest();
    }
  }
  const servers = [
    { host: far.ipv4, port: v4 },
    { host: far.ipv6, port: v6 },
    { host: far.ipv4, port: 9000 },
  ];
  for (let i = 0; i < 9; i++) {
    const server = servers[i % servers.length];
    if (server === undefined) continue;
    const opened = await lab.nearPeer.connectMany(SLICE / 4, server);
    await rest();
    for (const [at, connection] of opened.entries()) {
      if (at % 4 === 1) await connection.reset();
      if (at % 4 === 2) await connection.destroy();
    }
    await rest();
  }
  await deleteAll(lab, await flowsOf(lab, 'orig.dport = 7000 and orig.sport < 20100'), rest);
}

async function flowsOf({ near }: ConntrackLab, filter = ''): Promise<Flow[]> {
  const flows: Flow[] = [];
  for await (const flow of listFlows({ namespace: near.name, filter })) flows.push(flow);
  return flows;
}

async function deleteAll(
  { near }: ConntrackLab,
  flows: readonly Flow[],
  rest = async (): Promise<void> => {},
): Promise<void> {
  for (const [i, { orig, id = -1, zone = 0 }] of flows.entries()) {
    if (i % SLICE === 0) await rest();
    const local = { address: orig.src, port: orig.sport ?? -1 };
    const remote = { address: orig.dst, port: orig.dport ?? -1 };
    await deleteFlow({ protocol: orig.protocol, local, remote, id, zone }, { namespace: near.name });
  }
}

/** Waits until no packet moves: two listings are equal except for timeouts. */
async function settled(lab: ConntrackLab): Promise<void> {
  const text = async (): Promise<string> => (await flowsOf(lab)).map(lineOf).map(withoutTimes).sort().join('\n');
  let last = await text();
  await until('quiet flows', async () => {
    const now = await text();
    const isQuiet = now === last;
    last = now;
    return isQuiet;
  });
}

const bit = ({ status = 0 }: Flow, mask: number, text: string): string[] => ((status & mask) !== 0 ? [text] : []);
const word = (name: string, value: number | string | undefined): string[] =>
  value === undefined ? [] : [`${name}=${value}`];

function tupleWords(tuple: Tuple, counters: Flow['origCounters']): string[] {
  const { src, dst, sport, dport } = tuple;
  const ports = [...word('sport', sport), ...word('dport', dport)];
  return [
    `src=${src}`,
    `dst=${dst}`,
    ...ports,
    ...word('packets', counters?.packets),
    ...word('bytes', counters?.bytes),
  ];
}

/** Returns a flow as a line of `conntrack -o id`. */
function lineOf(flow: Flow): string {
  const { orig, reply, timeoutSec, mark, zone, useCount, id } = flow;
  const isUnreplied = ((flow.status ?? 0) & ConntrackStatus.SEEN_REPLY) === 0;
  const state = flowStateName(flow);
  return [
    protocolName(orig.protocol),
    orig.protocol,
    ...(timeoutSec === undefined ? [] : [timeoutSec]),
    ...(state === undefined ? [] : [state]),
    ...tupleWords(orig, flow.origCounters),
    ...(isUnreplied ? ['[UNREPLIED]'] : []),
    ...tupleWords(reply, flow.replyCounters),
    ...bit(flow, ConntrackStatus.ASSURED, '[ASSURED]'),
    ...word('mark', mark),
    ...word('zone', zone),
    ...word('use', useCount),
    ...word('id', id),
  ].join(' ');
}

/** Returns a flow as an element of `conntrack -o xml`. */
function elementOf(flow: Flow): string {
  const { family, orig, reply, status = 0, timeoutSec, mark, zone, useCount, id } = flow;
  const element = (name: string, value: unknown): string => (value === undefined ? '' : `<${name}>${value}</${name}>`);
  const meta = (direction: string, { protocol, src, dst, sport, dport }: Tuple, counters: Flow['origCounters']) =>
    `<meta direction="${direction}"><layer3 protonum="${family}" protoname="${familyName(family)}">` +
    `${element('src', src)}${element('dst', dst)}</layer3><layer4 protonum="${protocol}" ` +
    `protoname="${protocolName(protocol)}">${element('sport', sport)}${element('dport', dport)}</layer4>` +
    `<counters>${element('packets', counters?.packets)}${element('bytes', counters?.bytes)}</counters></meta>`;
  return (
    `<flow>${meta('original', orig, flow.origCounters)}${meta('reply', reply, flow.replyCounters)}` +
    `<meta direction="independent">${element('state', flowStateName(flow))}${element('timeout', timeoutSec)}` +
    `${element('mark', mark)}${element('zone', zone)}${element('use', useCount)}${element('id', id)}` +
    `${(status & ConntrackStatus.SEEN_REPLY) === 0 ? '<unreplied/>' : ''}` +
    `${(status & ConntrackStatus.ASSURED) === 0 ? '' : '<assured/>'}</meta></flow>`
  );
}

/** Returns a line without what changes by itself: seconds, and references, which a running dump holds as well. */
function withoutTimes(line: string): string {
  return line
    .replace(/^(\w+ \d+) \d+/, '$1 T')
    .replace(/<timeout>\d+/, '<timeout>T')
    .replace(/\buse=[1-9]\d*/, 'use=N')
    .replace(/<use>[1-9]\d*/, '<use>N');
}

/** Returns the seconds until each flow expires, by its id. */
const timeoutsOf = (flows: readonly Flow[]): Map<number, number> =>
  new Map(flows.map(({ id = -1, timeoutSec = -1 }) => [id, timeoutSec]));

const plain = (line: string): string => line.trim().replace(/\s+/g, ' ');

describe.runIf(havePrograms(WHAT, 'conntrack') && haveConntrackLab(WHAT))('beside conntrack-tools', () => {
  it('a table has the same flows, field by field', async ({ lab }) => {
    setTracking(lab.near, { isCounting: true, events: 0 });
    await makeTraffic(lab);
    const before = await flowsOf(lab);
    const lines = lab.near.run('conntrack', '-L', '-o', 'id').trimEnd().split('\n').map(plain);
    const xml = lab.near.run('conntrack', '-L', '-o', 'xml').split('\n').map(plain);
    const after = await flowsOf(lab);
    // Packets may still move: only flows that were equal before and after the program ran can be compared.
    const later = new Set(after.map(lineOf).map(withoutTimes));
    const still = before.filter((flow) => later.has(withoutTimes(lineOf(flow))));
    expect(still.length).toBeGreaterThan(1000);
    const ids = new Set(still.map(({ id }) => String(id)));
    const ofStill = (line: string): boolean => ids.has(/(?:\bid=|<id>)(\d+)/.exec(line)?.[1] ?? '');
    expect(lines.filter(ofStill).map(withoutTimes).sort()).toEqual(still.map(lineOf).map(withoutTimes).sort());
    const elements = xml.filter((line) => line.startsWith('<flow>'));
    expect(elements.filter(ofStill).map(withoutTimes).sort()).toEqual(still.map(elementOf).map(withoutTimes).sort());
    // Seconds run down from our first listing to our last one.
    const [first, last] = [timeoutsOf(before), timeoutsOf(after)];
    for (const line of lines.filter(ofStill)) {
      const [, seconds = '', id = ''] = /^\w+ \d+ (\d+) .* id=(\d+)$/.exec(line) ?? [];
      expect(Number(seconds)).toBeLessThanOrEqual(first.get(Number(id)) ?? -1);
      expect(Number(seconds)).toBeGreaterThanOrEqual(last.get(Number(id)) ?? Number.POSITIVE_INFINITY);
    }
    await until('the same number of flows', async () => {
      const { entries } = await askConntrackCounts({ namespace: lab.near.name });
      return entries === Number(lab.near.run('conntrack', '-C'));
    });
  }, 120_000);

  it('a thousand flows that come and go have the same events', async ({ lab }) => {
    const { name: namespace } = lab.near;
    setTracking(lab.near, { isCounting: true, events: 1 });
    const [file, args] = lab.near.command('conntrack', '-E', '-o', 'id', '-b', '67108864');
    const tool = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const exited = once(tool, 'exit');
    let printed = '';
    tool.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    const follower = await followFlows({ namespace });
    const mark = (sport: number): void =>
      lab.sendDatagrams(lab.near, { address: LOOPBACK, port: MARKER_PORT, count: 1, firstPort: sport });
    try {
      // A first event shows that the program listens.
      let markers = 0;
      await until('the program to listen', () => {
        mark(20_000 + markers++);
        return printed.includes(`dport=${MARKER_PORT}`);
      });
      // A slow reader loses events, and this one has a small buffer.
      const rest = async (): Promise<void> => {
        const sport = 20_000 + markers++;
        mark(sport);
        await until('the program to have read', () => printed.includes(`sport=${sport} dport=${MARKER_PORT}`));
      };
      await makeTraffic(lab, rest);
      await settled(lab);
      await deleteAll(lab, await flowsOf(lab, 'protocol = tcp'), rest);
      mark(30_000);
      const isLast = (text: string): boolean => text.includes(`sport=30000 dport=${MARKER_PORT}`);
      const ours: string[] = [];
      for (;;) {
        const { value } = await follower.next();
        if (value === undefined || value.kind === 'lost' || value.kind === 'resync') throw new Error(`${value?.kind}`);
        ours.push(eventLine(value));
        if (isLast(ours.at(-1) ?? '')) break;
      }
      await until('the last event', () => isLast(printed));
      // The name of the program that deleted a flow is missing when it has ended.
      const theirs = printed
        .trimEnd()
        .split('\n')
        .map((line) => plain(line).replace(/ progname=.*$/, ''));
      const wanted = (line: string): boolean => !line.includes(`dport=${MARKER_PORT}`);
      // Events of different CPUs may reach two sockets in another order.
      expect(ours.filter(wanted).sort()).toEqual(theirs.filter(wanted).sort());
      expect(ours.length).toBeGreaterThan(1500);
    } finally {
      await follower.return();
      tool.kill('SIGKILL');
      await exited;
    }
  }, 120_000);

  it('counters of the CPUs are the same', async ({ lab }) => {
    await makeTraffic(lab);
    await settled(lab);
    const text = lab.near.run('conntrack', '-S').trimEnd().split('\n');
    const theirs = text.map((line) =>
      Object.fromEntries([...line.matchAll(/(\w+)=(\d+)/g)].map(([, k, v]) => [k, Number(v)])),
    );
    const asked = await askConntrackCounts({ namespace: lab.near.name });
    const inWords = ({ cpus }: typeof asked) =>
      cpus.map((each) => ({
        cpu: each.cpu,
        found: each.found,
        invalid: each.invalid,
        insert: each.insert ?? 0,
        insert_failed: each.insertFailed,
        drop: each.drop,
        early_drop: each.earlyDrop,
        error: each.error,
        search_restart: each.searchRestart,
        clash_resolve: each.clashResolve,
        chaintoolong: each.chainTooLong,
      }));
    expect(inWords(asked)).toEqual(theirs);
    const read = readConntrackCounts((path) => lab.near.run('cat', path));
    expect(read === undefined ? undefined : inWords(read)).toEqual(theirs);
    expect(read).toMatchObject({ entries: asked.entries, maxEntries: asked.maxEntries });
    expect(sumCpuCounters(asked.cpus)).toMatchObject({
      invalid: theirs.reduce((sum, each) => sum + (each['invalid'] ?? 0), 0),
    });
  }, 120_000);
});

/** Returns an event as a line of `conntrack -E -o id`. */
function eventLine({ kind, flow, portId }: FollowedFlow): string {
  const type = { new: 'NEW', destroy: 'DESTROY', update: 'UPDATE', established: 'UPDATE', closed: 'UPDATE' }[kind];
  return `[${type}] ${lineOf(flow)}${portId === 0 ? '' : ` [USERSPACE] portid=${portId}`}`;
}
