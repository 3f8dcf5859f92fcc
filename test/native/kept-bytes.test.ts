/** Arrays that only native code still uses, garbage-collected and overwritten in the meantime. */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { TCP_DESTROY_GROUPS } from '../../inetdiag/index.js';
import { netlink } from '../../native/index.js';
import { compressFrame, decompressFrames } from '../../zstd/index.js';
import { overwriteGarbage, seededBytes } from '../support/garbage.js';
import { tempFolder } from '../support/temp.js';
import { Connections } from './connections.js';
import { Recorder, until } from './recorder.js';
import { answers, SOCK_DIAG_BY_FAMILY, tcpRequest, tcpSource } from './requests.js';

/** Lengths on V8's own heap, in malloc's bins, and with separate pages. */
const SIZES = [40, 1000, 8192, 60_000, 300_000];
const PER_SIZE = 15;
const CASES = SIZES.flatMap((bytes) => Array.from({ length: PER_SIZE }, (_, i) => ({ bytes, seed: bytes + i })));
/** Maximum content of a frame. */
const LONG = 2 * 1024 * 1024;

/** Overwrites all memory that is no longer held, chunks of the cases too. */
function overwrite(): void {
  overwriteGarbage([...SIZES, ...SIZES.map((bytes) => Math.ceil(bytes / 3))], 3 * PER_SIZE);
}

async function contentOf(frame: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of decompressFrames(Readable.from([frame]))) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

/** Returns the seeds of the cases with wrong bytes. */
async function wrongSeeds(contents: readonly Promise<Buffer>[]): Promise<number[]> {
  const all = await Promise.all(contents);
  return CASES.filter(({ bytes, seed }, i) => all[i]?.equals(seededBytes(seed, bytes)) !== true).map(
    (each) => each.seed,
  );
}

describe('a compress thread', () => {
  /** Splits bytes into separate arrays. */
  function cut(bytes: Buffer, pieces: number): Buffer[] {
    const length = Math.ceil(bytes.length / pieces);
    return Array.from({ length: pieces }, (_, i) => {
      const piece = bytes.subarray(i * length, (i + 1) * length);
      return Buffer.from(piece.buffer.slice(piece.byteOffset, piece.byteOffset + piece.length));
    });
  }

  it.each([1, 3])('holds the content of %i arrays until it is compressed', async (pieces) => {
    const slow = new netlink.CompressThread(9);
    // The others wait after these, so that they are not compressed before the collection.
    const blockers = [1, 2, 3, 4].map((seed) => slow.compress([seededBytes(seed, LONG)]));
    const frames = CASES.map(({ bytes, seed }) => slow.compress(cut(seededBytes(seed, bytes), pieces)));
    overwrite();
    expect(await wrongSeeds(frames.map(async (frame) => await contentOf(await frame)))).toEqual([]);
    for (const [i, blocker] of blockers.entries()) {
      expect((await contentOf(await blocker)).equals(seededBytes(i + 1, LONG))).toBe(true);
    }
  });

  it('keeps itself alive until it has compressed', async () => {
    const frames = Array.from({ length: 20 }, () => new netlink.CompressThread(19).compress([seededBytes(1, 60_000)]));
    overwrite();
    for (const frame of frames) expect((await contentOf(await frame)).equals(seededBytes(1, 60_000))).toBe(true);
  });

  it('holds its content while thousands of frames come and go', async () => {
    const thread = new netlink.CompressThread(3);
    for (let round = 0; round < 5; round++) {
      const frames = CASES.map(({ bytes, seed }) => thread.compress([seededBytes(seed, bytes)]));
      overwrite();
      expect(await wrongSeeds(frames.map(async (frame) => await contentOf(await frame)))).toEqual([]);
    }
  });
});

describe('the npm zstd library', () => {
  it('holds content that it compresses and frames that it decompresses', async () => {
    const frames = CASES.map(({ bytes, seed }) => compressFrame(seededBytes(seed, bytes)));
    overwrite();
    const contents = frames.map(async (frame) => await contentOf(await frame));
    await Promise.all(frames);
    overwrite();
    expect(await wrongSeeds(contents)).toEqual([]);
  });
});

/** A folder so deep that creating a file in it takes the thread long. */
const DEEP = 'd/'.repeat(500);

describe('a file thread', () => {
  it('holds the content of new files', async () => {
    const files = new netlink.FileThread();
    const folder = tempFolder();
    const path = (seed: number): string => join(folder, String(seed));
    const blocker = files.create(join(folder, DEEP, 'file'), 0o600, 0o700, seededBytes(0, 10), true);
    const made = CASES.map(({ bytes, seed }) => files.create(path(seed), 0o600, 0o700, seededBytes(seed, bytes), true));
    overwrite();
    expect(await blocker).toBe(-1);
    expect(new Set(await Promise.all(made))).toEqual(new Set([-1]));
    expect(await wrongSeeds(CASES.map(async ({ seed }) => readFileSync(path(seed))))).toEqual([]);
  });

  it('holds the content that it appends', async () => {
    const files = new netlink.FileThread();
    const path = join(tempFolder(), 'file');
    const fd = openSync(path, 'w');
    const blocker = files.create(join(tempFolder(), DEEP, 'file'), 0o600, 0o700, seededBytes(0, 10), true);
    let at = 0;
    const appended = CASES.map(({ bytes, seed }) => {
      const result = files.append(fd, at, seededBytes(seed, bytes), false);
      at += bytes;
      return result;
    });
    overwrite();
    expect(await blocker).toBe(-1);
    expect(new Set(await Promise.all(appended))).toEqual(new Set([fd]));
    closeSync(fd);
    const content = readFileSync(path);
    let from = 0;
    const pieces = CASES.map(async ({ bytes }) => {
      const piece = content.subarray(from, from + bytes);
      from += bytes;
      return piece;
    });
    expect(await wrongSeeds(pieces)).toEqual([]);
  });

  it('keeps itself and its paths alive until everything is done', async () => {
    const folder = tempFolder();
    const paths = Array.from({ length: 20 }, (_, i) => join(folder, String(i), 'd/'.repeat(50), 'file'));
    const made = paths.map((path) => new netlink.FileThread().create(path, 0o600, 0o700, seededBytes(1, 60_000), true));
    overwrite();
    expect(new Set(await Promise.all(made))).toEqual(new Set([-1]));
    for (const path of paths) expect(readFileSync(path).equals(seededBytes(1, 60_000))).toBe(true);
  });
});

/** Returns the filter `ret #-1`, which accepts every message. */
function takeAll(): Uint8Array {
  const filter = new Uint8Array(8);
  new DataView(filter.buffer).setUint16(0, 0x06, true);
  new DataView(filter.buffer).setUint32(4, 0xffff_ffff, true);
  return filter;
}

/** Returns a source whose arrays are referenced by nothing else. */
function lonelySource(): ReturnType<typeof tcpSource> {
  return tcpSource({
    intervalNs: 1_000_000,
    destroyEvents: {
      groups: TCP_DESTROY_GROUPS,
      dataTypes: [SOCK_DIAG_BY_FAMILY],
      receiveBufferBytes: 1_000_000,
      filter: takeAll(),
      fallbackFilter: takeAll(),
      graceScans: 2,
      required: true,
    },
  });
}

describe('a poller', () => {
  const ended: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ended.splice(0).reverse()) await end();
  });

  it('holds requests, masks and filters of its sources', async () => {
    const connections = await Connections.listen();
    ended.push(() => connections.close());
    const recorder = new Recorder({ sources: [lonelySource()] });
    overwrite();
    recorder.poller.start();
    ended.push(() => recorder.poller.stop());
    const added = recorder.poller.addSource(lonelySource());
    for (let round = 0; round < 5; round++) {
      overwrite();
      const { client, port } = await connections.open();
      for (const source of [0, added]) {
        await until(() => recorder.changes(port, source).length > 0, 'the connection is found');
      }
      client.resetAndDestroy();
      await until(
        () => recorder.destroyed.flatMap(({ events }) => events).some(({ event }) => event.sport === port),
        'it ended',
      );
    }
    expect(recorder.batches.filter(({ failure }) => failure !== undefined)).toEqual([]);
  });

  it('shows bytes that stay unchanged by a collection in the callback', async () => {
    const connections = await Connections.listen();
    ended.push(() => connections.close());
    const ports = new Set<number>();
    for (let i = 0; i < 20; i++) ports.add((await connections.open()).port);
    let compared = 0;
    let changed = 0;
    const recorder = new Recorder({ sources: [lonelySource()] }, (batch) => {
      if (batch.changed.length === 0 || compared >= ports.size) return;
      const before = Buffer.from(batch.data);
      const spans = [...batch.changed];
      overwrite();
      if (!before.equals(batch.data) || spans.some((each, i) => each !== batch.changed[i])) changed++;
      compared += answers(batch.data, batch.changed).filter(({ sport }) => ports.has(sport)).length;
    });
    recorder.poller.start();
    ended.push(() => recorder.poller.stop());
    await until(() => compared >= ports.size, 'every connection was shown');
    expect(changed).toBe(0);
    const [port = 0] = ports;
    const key = recorder.changes(port)[0]?.key ?? 0n;
    const latest = recorder.poller.latest(0, key);
    const before = Buffer.from(latest ?? []);
    overwrite();
    expect(before.length).toBeGreaterThan(0);
    expect(before.equals(latest ?? Buffer.alloc(0))).toBe(true);
  });
});

describe('a dump', () => {
  it('returns its own copy of the bytes', async () => {
    const connections = await Connections.listen();
    const { port } = await connections.open();
    const { data, messages } = netlink.dump(tcpRequest());
    const before = Buffer.from(data);
    overwrite();
    expect(before.equals(data)).toBe(true);
    expect(answers(data, messages).some(({ sport }) => sport === port)).toBe(true);
    connections.close();
  });
});
