import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';

const FIXTURES = resolve(import.meta.dirname, '../fixtures');

/** Returns the CPU time of this process: on a shared machine the elapsed time may be seconds longer. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Returns the captured messages in a folder of the fixtures, one by one. */
export function capturedMessages(folder = ''): Buffer[] {
  const messages: Buffer[] = [];
  const path = resolve(FIXTURES, folder);
  for (const name of readdirSync(path).filter((each) => each.endsWith('.bin'))) {
    const bytes = readFileSync(resolve(path, name));
    for (let at = 0; at < bytes.length; ) {
      const end = at + bytes.readUInt32LE(at);
      messages.push(bytes.subarray(at, end));
      at = end;
    }
  }
  return messages;
}

type Change =
  /** Replaces a byte. */
  | { readonly kind: 'set'; readonly at: number; readonly value: number }
  /** A bit. */
  | { readonly kind: 'flip'; readonly at: number; readonly value: number }
  /** A number that is on an edge of what fits, in 2 or 4 bytes. */
  | { readonly kind: 'number'; readonly at: number; readonly value: number }
  /** The end cut off. */
  | { readonly kind: 'cut'; readonly at: number; readonly value: number }
  /** Bytes taken out. */
  | { readonly kind: 'remove'; readonly at: number; readonly value: number }
  /** Bytes that are there a second time. */
  | { readonly kind: 'repeat'; readonly at: number; readonly value: number };

const EDGES = [0, 1, 3, 4, 5, 15, 16, 87, 88, 89, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff] as const;

const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('set', 'flip', 'number', 'cut', 'remove', 'repeat'),
    at: fc.nat({ max: 4095 }),
    value: fc.nat({ max: 255 }),
  }),
  { minLength: 1, maxLength: 5 },
);

function change(bytes: Buffer, { kind, at: where, value }: Change): Buffer {
  if (bytes.length === 0) return bytes;
  const at = where % bytes.length;
  switch (kind) {
    case 'set':
      bytes.writeUInt8(value, at);
      return bytes;
    case 'flip':
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (value & 7)), at);
      return bytes;
    case 'number': {
      const edge = EDGES[value % EDGES.length] ?? 0;
      if (at + 4 <= bytes.length && value >= 128) bytes.writeUInt32LE(edge, at);
      else if (at + 2 <= bytes.length) bytes.writeUInt16LE(edge & 0xffff, at);
      return bytes;
    }
    case 'cut':
      return bytes.subarray(0, at);
    case 'remove':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + (value % 16) + 1)]);
    case 'repeat':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + value), bytes.subarray(at)]);
  }
}

/** Arbitrary bytes, mostly one of the seeds with a few changes, in a new buffer each time. */
export function mutated(seeds: readonly Uint8Array[]): fc.Arbitrary<Buffer> {
  return fc.oneof(
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
    {
      weight: 9,
      arbitrary: fc
        .tuple(fc.constantFrom(...seeds), changes)
        .map(([seed, list]) => list.reduce(change, Buffer.from(seed))),
    },
  );
}

/** Arbitrary text, mostly one of the seeds with a few changes. */
export function mutatedText(seeds: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 1, arbitrary: fc.oneof(fc.string(), fc.json()) },
    { weight: 9, arbitrary: mutated(seeds.map((seed) => Buffer.from(seed))).map((bytes) => bytes.toString('utf8')) },
  );
}
