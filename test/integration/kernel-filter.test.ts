import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queryMethodName, tcpConnections } from '../../collector/index.js';
import {
  ALL_EXTENSIONS,
  buildGetSockRequest,
  buildSockDiagRequest,
  CONNECTION_STATES,
  compileFilter,
  decodeSockId,
  type FilterRule,
  MAX_BYTECODE_BYTES,
  parseFilterRule,
  readFamily,
  SocketFilter,
  TCP_DESTROY_GROUPS,
} from '../../inetdiag/index.js';
import { netlink } from '../../native/index.js';
import { AF_INET, AF_INET6 } from '../../netlink/index.js';
import { prefixArbitrary } from '../inetdiag/filter/arbitrary.js';
import { Recorder, until } from '../native/recorder.js';
import { SOCK_DIAG_BY_FAMILY, tcpRequest, tcpSource } from '../native/requests.js';

const HEADER = 16;
const HOUR_NS = 3_600_000_000_000;

/** Connections over loopback, both sides, from many addresses: IPv4, IPv6 and IPv4-mapped. */
class Web {
  readonly #sockets: Socket[] = [];
  readonly #servers: Server[] = [];
  /** Local ports of servers and clients. */
  readonly ports = new Set<number>();

  async listen(host: string): Promise<number> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).resume();
      this.#sockets.push(socket);
    });
    this.#servers.push(server);
    server.listen(0, host);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  async connect(host: string, port: number, localAddress: string): Promise<Socket> {
    const server = this.#servers.find((each) => (each.address() as AddressInfo).port === port);
    const accepted = once(server ?? expect.fail(`no server ${port}`), 'connection');
    const socket = connect({ host, port, localAddress });
    socket.on('error', () => undefined).resume();
    this.#sockets.push(socket);
    await Promise.all([once(socket, 'connect'), accepted]);
    this.ports.add(port).add(socket.localPort ?? 0);
    return socket;
  }

  close(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    for (const server of this.#servers) server.close();
  }
}

interface Seen {
  readonly name: string;
  readonly wanted: boolean;
  readonly ours: boolean;
}

describe('the kernel filter', () => {
  const web = new Web();
  let [ipv4, ipv6, dual] = [0, 0, 0];

  beforeAll(async () => {
    ipv4 = await web.listen('0.0.0.0');
    ipv6 = await web.listen('::1');
    dual = await web.listen('::');
    for (const address of ['127.0.0.1', '127.0.0.2', '127.1.0.1', '127.128.0.7']) {
      await web.connect('127.0.0.1', ipv4, address);
      await web.connect('127.0.0.9', dual, address);
    }
    for (let i = 0; i < 3; i++) await web.connect('::1', ipv6, '::1');
    await web.connect('::1', dual, '::1');
  });

  afterAll(() => web.close());

  /** Dumps with this program, and returns the rules' own verdict too; sockets of other programs come and go. */
  function dump(rules: readonly FilterRule[], bytecode: Uint8Array, oneWalk = true): { seen: number; ours: Seen[] } {
    const ask = { states: CONNECTION_STATES, ext: ALL_EXTENSIONS, bytecode };
    const families = [AF_INET6, AF_INET].map((family) => buildSockDiagRequest({ ...ask, family }));
    const { data, messages } = netlink.dump(tcpRequest([oneWalk ? [buildGetSockRequest(ask)] : families]));
    const filter = new SocketFilter(rules);
    const seen: Seen[] = [];
    for (let i = 0; i < messages.length; i += 2) {
      const idm = data.subarray((messages[i] ?? 0) + HEADER);
      const id = decodeSockId(idm);
      const family = readFamily(idm);
      const ours = web.ports.has(id.sport) && web.ports.has(id.dport);
      seen.push({ name: `${family} ${id.sport} ${id.dport}`, wanted: filter.wants(id, family), ours });
    }
    return { seen: seen.length, ours: seen.filter(({ ours }) => ours) };
  }

  /** Expects that a dump returns exactly what the rules want, also before the addon's own filter. */
  function expectFiltered(rules: readonly FilterRule[], oneWalk = true): { seen: number; ours: Seen[] } {
    const { bytecode, parts } = compileFilter(rules);
    expect(parts.every(({ forScans, inScans }) => forScans === inScans)).toBe(true);
    const all = dump(rules, new Uint8Array()).ours;
    const filtered = dump(rules, bytecode, oneWalk);
    expect(filtered.ours.map(({ name }) => name).toSorted()).toEqual(
      all
        .filter(({ wanted }) => wanted)
        .map(({ name }) => name)
        .toSorted(),
    );
    return filtered;
  }

  it('returns only wanted sockets, of both families and with mapped addresses, for all rules', () => {
    const ports = fc.constantFrom(...web.ports).map((port) => ({ first: port, last: port }));
    const ranges = fc.array(
      fc.oneof(
        ports,
        fc.tuple(ports, fc.nat(50)).map(([{ first }, more]) => ({ first, last: Math.min(65_535, first + more) })),
      ),
      { minLength: 1, maxLength: 20 },
    );
    const addresses = ['127.0.0.1', '127.0.0.0/8', '127.128.0.0/9', '0.0.0.0/0', '::/0', '::1', '::/1', '127.0.0.9'];
    const known = fc.constantFrom(...addresses.flatMap((text) => parseFilterRule(`exclude dst ${text}`).dst ?? []));
    const prefixes = fc.array(fc.oneof(known, prefixArbitrary), { minLength: 1, maxLength: 6 });
    const rule: fc.Arbitrary<FilterRule> = fc.record(
      {
        action: fc.constantFrom('include' as const, 'exclude' as const),
        sport: ranges,
        dport: ranges,
        src: prefixes,
        dst: prefixes,
      },
      { requiredKeys: ['action'] },
    );
    fc.assert(
      fc.property(fc.array(rule, { minLength: 1, maxLength: 4 }), fc.boolean(), (rules, oneWalk) => {
        expectFiltered(
          rules.filter((each) => Object.keys(each).length > 1),
          oneWalk,
        );
      }),
      { numRuns: 300 },
    );
  });

  it('returns no sockets of other programs when a rule includes', () => {
    const { seen, ours } = expectFiltered([parseFilterRule(`include dport ${dual},${ipv6}`)]);
    // One side of each connection, and no other socket of this machine.
    expect(ours).toHaveLength(4 + 3 + 1);
    expect(seen).toBe(ours.length);
  });

  it('drops 1,000 ports, local and remote', () => {
    const others = Array.from({ length: 999 }, (_, i) => 2 * i + 1).filter((port) => !web.ports.has(port));
    const included = `include sport ${[...web.ports].join()}`;
    for (const port of [ipv4, ipv6, dual]) {
      const rules = [included, `exclude sport ${[...others, port].join()}`, `exclude dport ${port}`];
      const { ours } = expectFiltered(rules.map(parseFilterRule));
      expect(ours.some(({ name }) => name.split(' ').includes(String(port)))).toBe(false);
      expect(ours.length).toBeGreaterThan(0);
    }
  });

  it('accepts programs up to the largest size', () => {
    const odd = Array.from({ length: 20_000 }, (_, i) => 2 * i + 1).filter((port) => !web.ports.has(port));
    const rules = [parseFilterRule(`exclude dport ${odd.join()}`)];
    const { bytecode, parts } = compileFilter(rules);
    expect(parts[0]?.inScans).toBeLessThan(odd.length);
    expect(bytecode.length).toBeGreaterThan(60_000);
    expect(dump(rules, bytecode).ours).toEqual(dump(rules, new Uint8Array()).ours);

    // Only jumps, each to 4 bytes beyond the end: the first one rejects.
    const jumps = new DataView(new ArrayBuffer(MAX_BYTECODE_BYTES));
    for (let at = 0; at < MAX_BYTECODE_BYTES; at += 4) {
      jumps.setUint16(at, 0x0401, true);
      jumps.setUint16(at + 2, MAX_BYTECODE_BYTES + 4 - at, true);
    }
    expect(dump([], new Uint8Array(jumps.buffer)).seen).toBe(0);
  });

  it('is omitted from the request when the kernel rejects it', () => {
    const filter = { ...compileFilter([]), bytecode: Uint8Array.of(99, 4, 4, 0) };
    const { queryMethod, messages } = netlink.dump(tcpConnections(10e6, 'off', { filter }));
    expect(queryMethod).toBe(2);
    expect(queryMethodName(queryMethod)).toBe(queryMethodName(0));
    expect(messages.length / 2).toBeGreaterThanOrEqual(2 * 12);
  });

  it('drops unwanted destroy events', async () => {
    const third = await web.listen('::');
    const many = Array.from({ length: 1000 }, (_, i) => 2 * i + 1).filter((port) => port !== third && port !== ipv4);
    const rules = [`exclude dport ${[...many, ipv4].join()}`, `exclude sport ${ipv4}`, 'exclude dst 127.0.0.77'];
    const filter = compileFilter(rules.map(parseFilterRule));
    expect(filter.parts.every(({ size, inEvents }) => size === inEvents)).toBe(true);
    const ends = {
      groups: TCP_DESTROY_GROUPS,
      dataTypes: [SOCK_DIAG_BY_FAMILY],
      receiveBufferBytes: 4_000_000,
      filter: filter.events,
      graceScans: 2,
      required: true,
    };
    const recorder = Recorder.start({ sources: [tcpSource({ intervalNs: HOUR_NS, destroyEvents: ends })] });
    try {
      await until(() => recorder.batches.length > 0, 'the first scan is there');
      expect(recorder.poller.listening(0)).toMatchObject({ fallbackFilter: false });
      const excluded = [
        await web.connect('127.0.0.1', ipv4, '127.0.0.5'),
        await web.connect('127.0.0.77', third, '127.0.0.6'),
      ];
      const kept = [await web.connect('127.0.0.1', third, '127.0.0.6'), await web.connect('::1', ipv6, '::1')];
      // Both ports: another program of this machine may use one of them at the same time.
      const ports = (sockets: readonly Socket[]): string[] =>
        sockets.map(({ localPort, remotePort }) => `${localPort} ${remotePort}`);
      const [out, wanted] = [ports(excluded), ports(kept)];
      for (const socket of [...excluded, ...kept]) socket.destroy();
      const told = (both: string): boolean =>
        recorder.destroyed.some((each) => each.events.some(({ event }) => `${event.sport} ${event.dport}` === both));
      await until(() => wanted.every(told), 'the ends of those that are wanted');
      expect(out.filter(told)).toEqual([]);
    } finally {
      await recorder.poller.stop();
    }
  });
});
