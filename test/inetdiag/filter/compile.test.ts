import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytecodeCost } from '../../../inetdiag/filter/bytecode.js';
import { LOCAL_RULES_IN_SCANS } from '../../../inetdiag/filter/exclusions.js';
import {
  compileFilter,
  dstAddressRules,
  excludedAtPorts,
  type FilterRule,
  type KernelFilter,
  LOCAL_RULES,
  MAX_BPF_INSTRUCTIONS,
  MAX_BYTECODE_BYTES,
  PortSet,
  parseFilterRule,
  SocketFilter,
  srcPortRules,
  unboundSocketsFilter,
} from '../../../inetdiag/index.js';
import { AF_INET, AF_INET6, isLocal } from '../../../netlink/index.js';
import { eventOf, idOf, rangeArbitrary, ruleArbitrary, socketArbitrary } from './arbitrary.js';
import { auditBpf, auditBytecode, runBpf, runBytecode, sameBits, type TestSocket } from './machines.js';

const inScan = ({ bytecode }: KernelFilter, socket: TestSocket): boolean => runBytecode(bytecode, socket);
const inEvents = ({ events }: KernelFilter, socket: TestSocket): boolean => runBpf(events, eventOf(socket)) > 0;

/** Evaluates the rules in order, without the code under test. */
function verdict(rules: readonly FilterRule[], socket: TestSocket): boolean {
  const wide = (address: Uint8Array): Uint8Array =>
    socket.family === AF_INET
      ? Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...address.subarray(0, 4)])
      : address;
  const isIpv4 = (address: Uint8Array): boolean =>
    sameBits(address, Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255]), 96);
  const inPrefix = (address: Uint8Array, { bytes, length }: { bytes: Uint8Array; length: number }): boolean =>
    sameBits(address, bytes, length) && isIpv4(address) === (length >= 96 && isIpv4(bytes));
  const matches = ({ sport, dport, src, dst }: FilterRule): boolean =>
    (sport?.some(({ first, last }) => socket.sport >= first && socket.sport <= last) ?? true) &&
    (dport?.some(({ first, last }) => socket.dport >= first && socket.dport <= last) ?? true) &&
    (src?.some((prefix) => inPrefix(wide(socket.src), prefix)) ?? true) &&
    (dst?.some((prefix) => inPrefix(wide(socket.dst), prefix)) ?? true);
  const includes = rules.filter(({ action }) => action === 'include');
  if (rules.some((rule) => rule.action === 'exclude' && matches(rule))) return false;
  return includes.length === 0 || includes.some(matches);
}

const isWhole = ({ parts }: KernelFilter): boolean =>
  parts.every(({ size, forScans, inScans, inEvents: events }) => forScans === inScans && size === events);

describe('compileFilter', () => {
  it('gives the same verdict in scans, in events and in TypeScript, for all rules and sockets', () => {
    fc.assert(
      fc.property(
        fc.array(ruleArbitrary, { maxLength: 8 }),
        fc.array(socketArbitrary, { minLength: 1 }),
        (rules, sockets) => {
          const filter = compileFilter(rules);
          const own = new SocketFilter(rules);
          expect(auditBpf(filter.events)).toBe(true);
          if (filter.bytecode.length > 0) {
            expect(auditBytecode(filter.bytecode)).toEqual({ valid: true, steps: expect.any(Number) });
          }
          for (const socket of sockets) {
            const wanted = verdict(rules, socket);
            expect(own.wants(idOf(socket), socket.family)).toBe(wanted);
            // Parts that do not fit a program are let through.
            if (isWhole(filter) || wanted) expect(inScan(filter, socket)).toBe(wanted);
            if (socket.dport === 0) expect(inEvents(filter, socket)).toBe(socket.sport !== 0);
            else if (isWhole(filter) || wanted) expect(inEvents(filter, socket)).toBe(wanted);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('lets some local ports through whatever the rules exclude, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.array(ruleArbitrary, { maxLength: 8 }),
        fc.array(rangeArbitrary, { maxLength: 12 }),
        fc.array(socketArbitrary, { minLength: 1 }),
        (rules, sports, sockets) => {
          const [filter, rest] = [compileFilter(rules, sports), compileFilter(rules)];
          const excluded = excludedAtPorts(rest.scanRules, sports);
          expect(auditBpf(filter.events)).toBe(true);
          expect(auditBpf(excluded)).toBe(true);
          if (filter.bytecode.length > 0) {
            expect(auditBytecode(filter.bytecode)).toEqual({ valid: true, steps: filter.cost.auditSteps });
          }
          const ports = new PortSet(sports);
          for (const socket of sockets) {
            const isAlso = ports.has(socket.sport);
            const wanted = isAlso || verdict(rules, socket);
            if (isWhole(filter) || wanted) expect(inScan(filter, socket)).toBe(wanted);
            if (socket.dport === 0) expect(inEvents(filter, socket)).toBe(socket.sport !== 0);
            else if (isWhole(filter) || wanted) expect(inEvents(filter, socket)).toBe(wanted);
            const isCounted = !isAlso || new SocketFilter(rest.scanRules).wants(idOf(socket), socket.family);
            expect(runBpf(excluded, eventOf(socket)) > 0).toBe(isCounted);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("knows how many steps the kernel's audit of a program takes", () => {
    fc.assert(
      fc.property(fc.array(ruleArbitrary, { minLength: 1, maxLength: 8 }), (rules) => {
        const { bytecode, cost } = compileFilter(rules);
        expect(cost.bytes).toBe(bytecode.length);
        if (bytecode.length > 0) expect(auditBytecode(bytecode).steps).toBe(cost.auditSteps);
      }),
    );
  });

  it('makes no program without rules', () => {
    const filter = compileFilter([]);
    expect(filter.bytecode).toHaveLength(0);
    expect(filter.cost).toEqual({ bytes: 0, operations: 0, auditSteps: 0, pathNs: 0 });
    expect(filter.events).toEqual(unboundSocketsFilter());
    expect(bytecodeCost([])).toEqual(filter.cost);
  });
});

describe('the exclusions of the reference', () => {
  const filter = compileFilter([
    ...LOCAL_RULES,
    ...srcPortRules([9090, 9]),
    ...dstAddressRules(['192.0.2.1', '2001:db8::1', '::ffff:192.0.2.7']),
  ]);

  it('are completely compiled for the kernel', () => {
    expect(isWhole(filter)).toBe(true);
    expect(filter.bytecode.length).toBeLessThan(1024);
  });

  it('contain local addresses on either side, as in isLocal', () => {
    const local = compileFilter(LOCAL_RULES);
    fc.assert(
      fc.property(socketArbitrary, (socket) => {
        const wanted = !isLocal(socket.src, socket.family) && !isLocal(socket.dst, socket.family);
        // In scans only loopback and link-local peers are worth a test.
        expect(inScan(local, socket)).toBe(verdict(LOCAL_RULES_IN_SCANS, socket));
        if (wanted) expect(inScan(local, socket)).toBe(true);
        if (socket.dport > 0) expect(inEvents(local, socket)).toBe(wanted);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    [AF_INET, [192, 0, 2, 1], 80, false],
    [AF_INET, [192, 0, 2, 7], 80, false],
    [AF_INET, [192, 0, 2, 2], 80, true],
    [AF_INET6, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 1], 80, false],
    [AF_INET6, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 192, 0, 2, 2], 80, true],
    [AF_INET6, [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 80, false],
    [AF_INET6, [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2], 80, true],
    [AF_INET, [127, 9, 9, 9], 80, false],
    [AF_INET, [169, 254, 169, 254], 80, false],
    [AF_INET6, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, 1], 80, false],
    [AF_INET6, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 80, false],
    [AF_INET6, [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 80, false],
    [AF_INET, [192, 0, 2, 2], 9090, false],
    [AF_INET, [192, 0, 2, 2], 9, false],
  ])('family %i, remote address %j, local port %i: wanted %s', (family, address, sport, wanted) => {
    const dst = Uint8Array.from([...address, ...new Array(16 - address.length).fill(0)]);
    const src = new Uint8Array(16).fill(10, 0, family === AF_INET ? 4 : 16);
    const socket = { family, sport, dport: 5000, src, dst };
    expect(inScan(filter, socket)).toBe(wanted);
    expect(inEvents(filter, socket)).toBe(wanted);
  });
});

describe('large rule sets', () => {
  const src = Uint8Array.from([10, 0, 0, 1, ...new Array(12).fill(0)]);
  const socket = (sport: number, dport = 5000): TestSocket => ({ family: AF_INET, sport, dport, src, dst: src });
  const everyThird = (count: number): string => Array.from({ length: count }, (_, i) => 3 * i + 1).join(',');

  it('with 1,000 ports make a tree with a fast audit and short paths', () => {
    const filter = compileFilter([parseFilterRule(`exclude sport ${everyThird(1000)}`)]);
    expect(isWhole(filter)).toBe(true);
    expect(filter.cost.auditSteps).toBeLessThan(100_000);
    expect(filter.cost.pathNs).toBeLessThan(200);
    for (let port = 0; port < 3100; port++) {
      const wanted = port > 2998 || port % 3 !== 1;
      expect(inScan(filter, socket(port))).toBe(wanted);
      expect(inEvents(filter, socket(port))).toBe(wanted);
    }
  });

  it('with local and remote ports and addresses are completely compiled', () => {
    const rules = [...LOCAL_RULES, parseFilterRule(`exclude sport ${everyThird(200)}`)];
    const filter = compileFilter([...rules, parseFilterRule(`exclude dport ${everyThird(1000)}`)]);
    expect(isWhole(filter)).toBe(true);
    expect(inScan(filter, socket(601, 4))).toBe(false);
    expect(inScan(filter, socket(4, 3001))).toBe(false);
    expect(inScan(filter, socket(601, 3001))).toBe(true);
  });

  it.each([5000, 21_800])('with %i ports are truncated at the program size, not dropped', (count) => {
    const rules = [parseFilterRule(`exclude sport ${everyThird(count)}`)];
    const filter = compileFilter(rules);
    const [part] = filter.parts;
    expect(part).toMatchObject({ name: 'exclude sport', size: count });
    expect(part?.inScans).toBeGreaterThan(2000);
    expect(part?.inScans).toBeLessThan(count);
    expect(filter.bytecode.length).toBeLessThanOrEqual(MAX_BYTECODE_BYTES);
    expect(part?.inEvents).toBeGreaterThan(1000);
    expect(part?.inEvents).toBeLessThan(count);
    expect(filter.events.length / 8).toBeLessThanOrEqual(MAX_BPF_INSTRUCTIONS);
    expect(auditBytecode(filter.bytecode).valid).toBe(true);
    expect(auditBpf(filter.events)).toBe(true);
    const dropped = (inKernel: (filter: KernelFilter, socket: TestSocket) => boolean): number =>
      Array.from({ length: 15_003 }, (_, port) => port).filter((port) => !inKernel(filter, socket(port))).length;
    expect(dropped(inScan)).toBe(part?.inScans);
    expect(dropped(inEvents)).toBe(part?.inEvents);
    const own = new SocketFilter(rules);
    expect(own.wants(idOf(socket(3 * count - 2)), AF_INET)).toBe(false);
  });

  it('with prefixes are limited by the cost of copying a socket, with the other parts complete', () => {
    const prefixes = Array.from({ length: 1000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`).join(',');
    const filter = compileFilter([
      parseFilterRule(`exclude dst ${prefixes}`),
      parseFilterRule('exclude sport 22'),
      ...LOCAL_RULES,
    ]);
    const byName = new Map(filter.parts.map((part) => [part.name, part]));
    expect(byName.get('exclude dst')?.inScans).toBeGreaterThan(50);
    expect(byName.get('exclude dst')?.inScans).toBeLessThan(100);
    // Only the program's length limits events.
    expect(byName.get('exclude dst')?.inEvents).toBeGreaterThan(900);
    expect(byName.get('exclude src')).toMatchObject({ size: 8, forScans: 0, inScans: 0 });
    expect(byName.get('exclude sport')).toMatchObject({ size: 1, inScans: 1 });
    expect(filter.cost.pathNs).toBeLessThanOrEqual(1000);
  });

  it('with too long an include list let everything pass in the kernel', () => {
    const prefixes = Array.from({ length: 3000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`).join(',');
    const filter = compileFilter([parseFilterRule(`include dst ${prefixes}`), parseFilterRule('exclude sport 22')]);
    expect(filter.parts.find(({ name }) => name === 'include')).toMatchObject({ size: 1, inScans: 0, inEvents: 0 });
    expect(inScan(filter, socket(23))).toBe(true);
    expect(inScan(filter, socket(22))).toBe(false);
    expect(inEvents(filter, socket(22))).toBe(false);
  });
});

describe('unboundSocketsFilter', () => {
  it.each([
    [0, 0, false],
    [40_000, 0, true],
    [0, 443, true],
    [40_000, 443, true],
  ])('lets ports %i and %i pass: %s', (sport, dport, kept) => {
    const event = eventOf({ family: AF_INET6, sport, dport, src: new Uint8Array(16), dst: new Uint8Array(16) });
    expect(runBpf(unboundSocketsFilter(), event) > 0).toBe(kept);
  });
});
