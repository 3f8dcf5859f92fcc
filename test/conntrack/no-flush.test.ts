/** No request of the project can empty the table: a deletion always names a tuple and an id. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as conntrack from '../../conntrack/index.js';
import {
  CTA_ID,
  CTA_TUPLE_IP,
  CTA_TUPLE_ORIG,
  CTA_TUPLE_PROTO,
  IPCTNL_MSG_CT_DELETE,
  MAX_TCP_GET_BYTES,
} from '../../conntrack/index.js';

const ROOT = resolve(import.meta.dirname, '../..');
const HEADER = 20;

/** Functions that return or write a request, with arguments that may be wrong in every part. */
const BUILDERS: Readonly<Record<string, (flow: unknown) => Uint8Array>> = {
  buildDumpRequest: (flow) => conntrack.buildDumpRequest(flow as never),
  buildGetRequest: (flow) => conntrack.buildGetRequest(flow as never),
  buildDeleteRequest: (flow) => conntrack.buildDeleteRequest(flow as never),
  buildCpuStatisticsRequest: () => conntrack.buildCpuStatisticsRequest(),
  buildTableStatisticsRequest: () => conntrack.buildTableStatisticsRequest(),
  writeTcpGet: (flow) => {
    const bytes = new Uint8Array(MAX_TCP_GET_BYTES);
    const { family, id, zone } = flow as Readonly<Record<string, number>>;
    const end = Uint8Array.from({ length: 16 }, () => Number(id) & 0xff);
    const ends = { src: end, sport: zone, dst: end, dport: zone };
    return bytes.subarray(0, conntrack.writeTcpGet(bytes, 0, family as never, ends as never));
  },
};

/** Returns the payloads of attributes by their types. */
function attributesIn(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= bytes.length; at += (bytes.readUInt16LE(at) + 3) & ~3) {
    found.set(bytes.readUInt16LE(at + 2) & 0x3fff, bytes.subarray(at + 4, at + bytes.readUInt16LE(at)));
  }
  return found;
}

/** Fails if a request deletes more than one flow. */
function checkRequest(bytes: Uint8Array): void {
  const request = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  expect(request.readUInt32LE(0)).toBe(request.length);
  if (request.readUInt8(4) !== IPCTNL_MSG_CT_DELETE) return;
  // The kernel honours the family only with version 1.
  expect([request.readUInt8(17), [2, 10].includes(request.readUInt8(16))]).toEqual([1, true]);
  const attributes = attributesIn(request.subarray(HEADER));
  const tuple = attributesIn(attributes.get(CTA_TUPLE_ORIG) ?? Buffer.alloc(0));
  const sizes = [CTA_TUPLE_IP, CTA_TUPLE_PROTO].map((type) => attributesIn(tuple.get(type) ?? Buffer.alloc(0)).size);
  // Both addresses, and at least the protocol.
  expect(sizes[0]).toBe(2);
  expect(sizes[1]).toBeGreaterThan(0);
  expect(attributes.get(CTA_ID)).toHaveLength(4);
}

/** A value, or one that is missing or of another kind. */
const maybe = (right: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 8, arbitrary: right },
    {
      weight: 1,
      arbitrary: fc.constantFrom(undefined, null, '', 0, -1, Number.NaN, 2 ** 32, 'x', {}, [], new Uint8Array()),
    },
  );

const port = maybe(fc.integer({ min: 0, max: 0xffff }));
const address = maybe(fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1', '::ffff:192.0.2.1'));
const tuple = fc.record(
  {
    src: address,
    dst: address,
    protocol: maybe(fc.constantFrom(1, 6, 17, 58, 132, 255)),
    sport: port,
    dport: port,
    icmpId: port,
    icmpType: port,
    icmpCode: port,
  },
  { requiredKeys: [] },
);
const flow = fc.record(
  {
    family: maybe(fc.constantFrom(2, 10)),
    tuple: maybe(tuple),
    orig: maybe(tuple),
    reply: maybe(tuple),
    id: maybe(fc.integer({ min: 0, max: 0xffff_ffff })),
    zone: port,
    mark: fc.constant({ value: 1, mask: 1 }),
    zero: fc.boolean(),
  },
  { requiredKeys: [] },
);

describe('no request', () => {
  it('is built by a function that this test does not know', () => {
    const builders = Object.keys(conntrack).filter((name) => /^(build|write)/.test(name));
    expect(builders.sort()).toEqual(Object.keys(BUILDERS).sort());
  });

  it.each(Object.entries(BUILDERS))('of %s can empty the table, whatever it is made of', (_, build) => {
    let built = 0;
    fc.assert(
      fc.property(flow, (given) => {
        let bytes: Uint8Array;
        try {
          bytes = build(given);
        } catch {
          return; // refused
        }
        built++;
        checkRequest(bytes);
      }),
      { numRuns: 2000 },
    );
    expect(built).toBeGreaterThan(20);
  });

  it('is made elsewhere: one place names the message that deletes, and one writes headers', () => {
    const sources = sourcesIn(ROOT);
    expect(sources.length).toBeGreaterThan(500);
    const using = (pattern: RegExp): string[] =>
      sources.filter((path) => pattern.test(readFileSync(join(ROOT, path), 'utf8'))).sort();
    expect(using(/\bmessage: IPCTNL_MSG_CT_DELETE\b/)).toEqual(['conntrack/request.ts']);
    expect(using(/\bfrom '.*\/attribute-writer\.js'/)).toEqual([
      'conntrack/dump-filter.ts',
      'conntrack/request.ts',
      'conntrack/tuple-attributes.ts',
    ]);
    // Where it is decoded, and filtered by.
    expect(using(/\bIPCTNL_MSG_CT_DELETE\b/)).toEqual(
      ['constants', 'decoder', 'event-filter', 'flow-identity', 'flow-status', 'message', 'request'].map(
        (name) => `conntrack/${name}.ts`,
      ),
    );
  });
});

const NOT_OURS = new Set(['node_modules', 'dist', 'test', 'build', 'coverage']);

/** Returns the paths of the project's TypeScript. */
function sourcesIn(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = join(folder, name);
    if (name.startsWith('.') || NOT_OURS.has(name)) return [];
    if (statSync(join(root, path)).isDirectory()) return sourcesIn(root, path);
    return name.endsWith('.ts') ? [path] : [];
  });
}
