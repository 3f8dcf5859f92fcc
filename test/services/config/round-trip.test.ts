import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePrefix } from '../../../inetdiag/index.js';
import {
  DUMP_FORMATS,
  FORWARD_LIMITS,
  formatServices,
  formatSid,
  IDLE_COUNTS,
  NO_LIMITS,
  PROXY_PROTOCOLS,
  parseForwardArgument,
  parseServices,
  REJECT_BY,
  type ServiceConfig,
} from '../../../services/config/index.js';

const limit = fc.nat(1e9);
const time = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1e9 }));
const prefixes = fc
  .uniqueArray(fc.constantFrom('1.1.1.1', '10.0.0.0/8', '0.0.0.0/0', '2001:db8::/32', '::1', '::/0'), { maxLength: 4 })
  .map((list) => list.flatMap((text) => parsePrefix(text) ?? []));

const service: fc.Arbitrary<Omit<ServiceConfig, 'name' | 'sid' | 'place'>> = fc
  .record({
    isForwarded: fc.boolean(),
    listenHost: fc.constantFrom(undefined, '127.0.0.1', '0.0.0.0', '::1', '2001:db8::5'),
    limits: fc.record({
      connLimit: limit,
      ipLimit: limit,
      ipConnLimit: limit,
      ipPrefix: fc.record({ v4: fc.nat(32), v6: fc.nat(128) }),
      whenFull: fc.constantFrom('reject' as const, 'evict_idle' as const),
      blacklist: prefixes,
      allowlist: prefixes,
      maxIdleMs: time,
      idleCounts: fc.constantFrom(...IDLE_COUNTS),
      maxLifetimeMs: time,
      readTimeoutMs: time,
      writeTimeoutMs: time,
    }),
    reject: fc.constantFrom(...REJECT_BY),
    waitTimeoutMs: time,
    forward: fc.record({
      backendHost: fc.constantFrom('10.0.0.1', '2001:db8::7', 'web.example', 'a_b'),
      backendPort: fc.integer({ min: 1, max: 65_535 }),
      connectTimeoutMs: time,
      keepalive: fc.boolean(),
      proxyProtocol: fc.constantFrom(...PROXY_PROTOCOLS),
      source: fc.constantFrom('client' as const, 'system' as const, { address: '192.0.2.1' }),
      dump: fc.constantFrom(...DUMP_FORMATS),
      dumpMaxBytes: limit,
      dumpBytesPerSec: fc.integer({ min: 1, max: 2 ** 26 }),
      dumpFile: fc.option(
        fc.string({ minLength: 1 }).filter((path) => !path.includes('\0')),
        { nil: undefined },
      ),
    }),
  })
  .map(({ isForwarded, forward, reject, ...rest }) => ({
    ...rest,
    listenPorts: [],
    mode: isForwarded ? ('forwarded' as const) : ('watched' as const),
    reject: isForwarded ? reject : 'rst',
    forward: isForwarded ? forward : undefined,
  }));

describe('formatServices', () => {
  it('prints what parseServices reads to equal services', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(service, { minLength: 1, maxLength: 6 }), async (drawn) => {
        const services = drawn.map((config, i): Omit<ServiceConfig, 'place'> => {
          const listenPorts = [{ first: i + 1, last: i + 1 }];
          if (config.mode === 'watched') listenPorts.push({ first: 1_000 + 20 * i, last: 1_009 + 20 * i });
          return { ...config, name: `s "${i}"`, listenPorts, sid: formatSid(config.listenHost, listenPorts) };
        });
        const text = formatServices(services.map((config) => ({ ...config, place: undefined })));
        const read = await parseServices(text, 'f');
        expect(read.services.map(({ place: _, ...config }) => config)).toEqual(services);
      }),
    );
  });

  it('prints the service of an argument', async () => {
    const argument = parseForwardArgument('[::1]:22=[2001:db8::1]:2222');
    const { services } = await parseServices(formatServices([argument]), 'f');
    expect(services.map(({ place: _, ...config }) => config)).toEqual(
      [{ ...argument, place: undefined }].map(({ place: _, ...config }) => config),
    );
  });

  it('differs between modes by their defaults only', () => {
    expect(Object.keys(FORWARD_LIMITS)).toEqual(Object.keys(NO_LIMITS));
  });
});
