import { execFileSync } from 'node:child_process';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect } from 'vitest';
import { ADDON_PATH_VARIABLE, type DumpPart, netlink, type Requester, readDump } from '../../native/index.js';
import { addRules, type ConntrackLab, haveConntrackLab, it, setTracking } from '../support/conntrack-lab.js';
import {
  deletionOf,
  dumpRequest,
  FLOW_GET,
  FLOW_NEW,
  message,
  messagesIn,
  NETLINK_NETFILTER,
  NLM_F_ACK,
  readFlow,
  tupleAttribute,
} from '../support/ctnetlink.js';
import { havePrograms } from '../support/programs.js';
import { UNPRIVILEGED } from '../support/run.js';

const { ENOENT, EPERM } = constants.errno;
const UDP = 17;
const LOOPBACK = Uint8Array.of(127, 0, 0, 1);
const PORT = 7000;
const ROOT = resolve(import.meta.dirname, '../..');
const ADDON = process.env[ADDON_PATH_VARIABLE] ?? join(ROOT, 'native/build/Release/netlink.node');

const requesterIn = (lab: ConntrackLab): Requester =>
  new netlink.Requester({ protocol: NETLINK_NETFILTER, namespace: lab.open(lab.near) });

async function dump(requester: Requester, partBytes?: number): Promise<DumpPart[]> {
  const options = { request: dumpRequest(), dataTypes: [FLOW_NEW], ...(partBytes === undefined ? {} : { partBytes }) };
  const parts: DumpPart[] = [];
  for await (const part of readDump(requester, options)) parts.push(part);
  return parts;
}

const flowsOf = (parts: readonly DumpPart[]): Buffer[] => parts.flatMap(messagesIn);

const get = (sourcePort: number): Buffer => {
  const tuple = {
    family: 2,
    protocol: UDP,
    source: LOOPBACK,
    sourcePort,
    destination: LOOPBACK,
    destinationPort: PORT,
  } as const;
  return message(FLOW_GET, 0, tuple.family, tupleAttribute(tuple));
};

/**
 * Script that dumps the flows of its namespace and listens there, and prints both results: a number or code, errno and
 * system call.
 */
const SCRIPT = `
  const { MessageListener, Requester } = require(${JSON.stringify(ADDON)});
  const tell = (error) => console.log(error.code, error.errno, error.syscall);
  const requester = new Requester({ protocol: ${NETLINK_NETFILTER} });
  const request = Uint8Array.from(${JSON.stringify([...dumpRequest()])});
  (async () => {
    await requester
      .nextPart(requester.startDump({ request, dataTypes: [${FLOW_NEW}] }))
      .then((part) => console.log(part.messages.length / 2), tell);
    const { errnos } = await requester.ask(Uint8Array.from(${JSON.stringify([...get(1)])}));
    console.log(...errnos);
    try {
      const options = { protocol: ${NETLINK_NETFILTER}, groups: [1], receiveBufferBytes: 1e6 };
      const listener = new MessageListener(options, () => undefined);
      console.log('listens');
      await listener.close();
    } catch (error) {
      tell(error);
    }
  })();
`;

describe.runIf(haveConntrackLab('tests of the netlink requester'))('a netlink requester', () => {
  it('dumps flows of IPv4 and IPv6 in parts', async ({ lab }) => {
    lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: PORT, count: 2000 });
    lab.sendDatagrams(lab.near, { address: '::1', port: PORT, count: 1000 });
    const parts = await dump(requesterIn(lab), 1);
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.map(({ isLast }) => isLast)).toEqual(parts.map((_, i) => i === parts.length - 1));
    const flows = flowsOf(parts).map(readFlow);
    const portsOf = (family: number): number[] =>
      flows.filter((flow) => flow.family === family).map(({ sourcePort }) => sourcePort);
    const ports = (count: number): number[] => Array.from({ length: count }, (_, i) => 20_000 + i);
    expect(portsOf(2).sort((a, b) => a - b)).toEqual(ports(2000));
    expect(portsOf(10).sort((a, b) => a - b)).toEqual(ports(1000));
    expect(parts.every((part) => !part.isInterrupted && part.discarded === 0 && part.unrelated === 0)).toBe(true);
    // The blocking dump returns the same.
    const all = netlink.dump({
      protocol: NETLINK_NETFILTER,
      namespace: lab.open(lab.near),
      queryMethods: [[dumpRequest()]],
      dataTypes: [FLOW_NEW],
    });
    expect(all.messages.length / 2).toBe(3000);
  });

  it('dumps only what its namespace tracks', async ({ lab }) => {
    lab.sendDatagrams(lab.far, { address: '127.0.0.1', port: PORT, count: 5 });
    const [part, ...more] = await dump(requesterIn(lab));
    expect([part?.isLast, part?.messages.length, more]).toEqual([true, 0, []]);
  });

  it('ends a dump that is not wanted any longer', async ({ lab }) => {
    lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: PORT, count: 3000 });
    const requester = requesterIn(lab);
    for await (const part of readDump(requester, { request: dumpRequest(), dataTypes: [FLOW_NEW], partBytes: 1 })) {
      expect(part.isLast).toBe(false);
      break;
    }
    const aborted = new AbortController();
    const reading = async (): Promise<void> => {
      const options = { request: dumpRequest(), dataTypes: [FLOW_NEW], partBytes: 1 };
      for await (const _ of readDump(requester, options, aborted.signal)) aborted.abort(new Error('enough'));
    };
    await expect(reading()).rejects.toThrow('enough');
    expect(flowsOf(await dump(requester))).toHaveLength(3000);
  });

  it('returns the answers to many requests at once, and which found nothing', async ({ lab }) => {
    lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: PORT, count: 1000 });
    const asked = Array.from({ length: 3000 }, (_, i) => 19_000 + i);
    const answers = await requesterIn(lab).ask(Buffer.concat(asked.map(get)));
    const found = new Map(messagesIn(answers).map((bytes, i) => [answers.requests[i] ?? -1, readFlow(bytes)]));
    expect(answers.errnos).toHaveLength(3000);
    for (const [i, port] of asked.entries()) {
      const exists = port >= 20_000 && port < 21_000;
      expect([answers.errnos[i], found.get(i)?.sourcePort]).toEqual(exists ? [0, port] : [ENOENT, undefined]);
    }
    expect([found.size, answers.unrelated]).toEqual([1000, 0]);
  });

  it('returns whether a flow was there when it is deleted', async ({ lab }) => {
    lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: PORT, count: 2 });
    const requester = requesterIn(lab);
    const [first = Buffer.alloc(0)] = flowsOf(await dump(requester));
    const right = deletionOf(first);
    const wrong = Buffer.from(right);
    // The id is the last attribute.
    wrong.writeUInt8(wrong.readUInt8(wrong.length - 1) ^ 1, wrong.length - 1);
    const { errnos } = await requester.ask(Buffer.concat([wrong, right, right]));
    expect([...errnos]).toEqual([ENOENT, 0, ENOENT]);
    expect(flowsOf(await dump(requester))).toHaveLength(1);
  });

  it('acknowledges a request without an answer', async ({ lab }) => {
    const requester = requesterIn(lab);
    // GET_STATS answers with data, also when it is acknowledged.
    const { errnos, requests } = await requester.ask(message(0x105, NLM_F_ACK));
    expect([[...errnos], [...requests]]).toEqual([[0], [0]]);
    expect((await requester.ask(new Uint8Array())).errnos).toHaveLength(0);
  });

  it('dumps flows with translated addresses and in other zones', async ({ lab }) => {
    setTracking(lab.near, { isCounting: true, isTimed: true });
    addRules(
      lab.near,
      { kind: 'zone', hook: 'output', protocol: 'udp', port: 7100, zone: 3 },
      { kind: 'snat', hook: 'postrouting', protocol: 'udp', port: 7200, address: '127.0.0.1', toPort: 4000 },
    );
    lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7100, count: 1 });
    lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: 7200, count: 1 });
    lab.sendDatagrams(lab.near, { address: '127.0.0.1', port: PORT, count: 1 });
    const lengths = new Map(
      flowsOf(await dump(requesterIn(lab))).map((bytes) => [readFlow(bytes).destinationPort, bytes.length]),
    );
    // An attribute with the zone; counters and times are there.
    expect(lengths.get(7100)).toBe((lengths.get(PORT) ?? 0) + 8);
    expect(lengths.get(7200)).toBe(lengths.get(PORT));
    expect(lengths.get(PORT)).toBeGreaterThan(200);
  });

  it.runIf(havePrograms('tests without privileges', 'setpriv'))('reports a missing capability', ({ lab }) => {
    const printed = lab.near.run(UNPRIVILEGED[0], ...UNPRIVILEGED.slice(1), process.execPath, '-e', SCRIPT);
    expect(printed).toBe(`ERR_REFUSED ${EPERM} NLMSG_ERROR\n${EPERM}\nERR_SOCKET ${EPERM} bind\n`);
  });

  it.runIf(havePrograms('tests of user namespaces', 'unshare'))('works as root of a user namespace', () => {
    const printed = execFileSync('unshare', ['-Urn', process.execPath, '-e', SCRIPT], { encoding: 'utf8' });
    expect(printed).toBe(`0\n${ENOENT}\nlistens\n`);
  });
});
