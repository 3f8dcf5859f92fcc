import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Dataset } from '../../../fleet/ingest/dataset.js';
import { PartitionIngest } from '../../../fleet/ingest/partition-ingest.js';
import {
  OwnerError,
  type PartitionInfo,
  type PartitionMessage,
  type PartitionStore,
  type StoredLedger,
  StoreError,
} from '../../../fleet/ingest/partition-store.js';
import { messageId } from '../../../fleet/wire/index.js';
import { createLogger } from '../../../log/index.js';
import { createIngestMetrics } from '../../../metrics/index.js';
import { compressFrame } from '../../../zstd/index.js';

const HOUR = Date.parse('2026-11-28T18:30:00Z');

/** Thrown in place of a kill: nothing catches it. */
class Killed extends Error {}

/** Stream and ledger in memory. Each operation may fail, or kill the process, before or after it is done. */
class FakeStore implements PartitionStore {
  messages: PartitionMessage[] = [];
  ledger: StoredLedger | undefined;
  created = '2026-11-28T18:00:00Z';
  #seq = 0;
  #added = 0;
  fault: () => 'none' | 'fail' | 'fail after' | 'kill' | 'kill after' = () => 'none';

  add(id: string, data: Uint8Array, headers: Record<string, string>): void {
    this.#seq++;
    this.#added++;
    const time = new Date(HOUR + this.#added).toISOString();
    const header = (name: string): string => headers[name] ?? '';
    this.messages.push({ ...{ seq: this.#seq, time, timeMs: Date.parse(time) }, id, data, header });
  }

  /** Loses the last messages, as a power failure does. */
  lose(count: number): void {
    this.messages.splice(-count);
    this.#seq -= count;
  }

  async info(): Promise<PartitionInfo> {
    const { created, messages } = this;
    const firstSeq = messages[0]?.seq ?? this.#seq + 1;
    return await this.#do(() => ({ created, firstSeq, lastSeq: this.#seq, bytes: 0, maxBytes: 0 }));
  }

  async next(seq: number): Promise<PartitionMessage | undefined> {
    return await this.#do(() => this.messages.find((message) => message.seq >= seq));
  }

  async readLedger(): Promise<StoredLedger | undefined> {
    return await this.#do(() => this.ledger);
  }

  async writeLedger(text: string, revision: number | undefined): Promise<number> {
    return await this.#do(() => {
      if (this.ledger?.revision !== revision) throw new OwnerError('another');
      this.ledger = { text, revision: (revision ?? 0) + 1 };
      return this.ledger.revision;
    });
  }

  async trim(seq: number): Promise<void> {
    await this.#do(() => {
      this.messages = this.messages.filter((message) => message.seq >= seq);
    });
  }

  async #do<T>(operation: () => T): Promise<T> {
    const fault = this.fault();
    if (fault === 'kill') throw new Killed();
    if (fault === 'fail') throw new StoreError('timeout');
    const result = operation();
    if (fault === 'kill after') throw new Killed();
    if (fault === 'fail after') throw new StoreError('timeout');
    return result;
  }
}

let folder = '';
let dataset: Dataset;
const lines: string[] = [];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tcp-info-ingest-'));
  dataset = await Dataset.open(folder, '00');
  lines.length = 0;
});
afterEach(async () => {
  await dataset.close();
  rmSync(folder, { recursive: true, force: true });
});

function createIngest(store: PartitionStore, fileBytes = 64 * 2 ** 20): PartitionIngest {
  return new PartitionIngest({
    ...{ partition: 7, store, dataset, fileAgeMs: 60_000, fileBytes, keepMs: 0, once: true },
    metrics: createIngestMetrics('1'),
    log: createLogger({ write: (line) => lines.push(line) }),
  });
}

/** Adds a frame of rows with an own `uuid` each; returns them. */
async function addFrame(
  store: FakeStore,
  frame: number,
  { node = 'one', kind = 'c', rows = 3, first = 0, change = (text: string) => text } = {} as {
    node?: string;
    kind?: 'c' | 'o' | 'l' | 's';
    rows?: number;
    first?: number;
    change?: (text: string) => string;
  },
): Promise<string[]> {
  const uuids = Array.from({ length: rows }, (_, row) => `${node}-${kind}-${frame}-${row}`);
  const text = uuids
    .map((uuid) => {
      const origin = kind === 's' ? { Cluster: 'a', Node: node, UUID: uuid } : { cluster: 'a', node, uuid };
      const more = kind === 'c' ? { start_time: 1_764_000_000_000_000, bytes_acked: 5, unknown: [1] } : {};
      return `${JSON.stringify({ ...origin, ...more })}\n`;
    })
    .join('');
  const id = messageId({ cluster: 'a', node, epoch: 'e', kind, frame });
  const data = await compressFrame(Buffer.from(change(text)));
  store.add(id, data, { 'Tcpinfo-Rows': String(rows), 'Tcpinfo-First': String(first) });
  return uuids;
}

async function select(sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRows();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** UUIDs of all files of connections. */
async function storedRows(): Promise<string[]> {
  const rows = await select(
    `SELECT uuid FROM read_parquet('${folder}/connections/*/*/*.parquet', union_by_name = true)`,
  );
  return rows.map(([uuid]) => String(uuid)).toSorted();
}

const files = (): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(parquet|zst|bin|json)$/.test(name) && !name.startsWith('.making'))
    .toSorted();

describe('the ingest of a partition', () => {
  it('makes a file of each table, by the hour of the first message', async () => {
    const store = new FakeStore();
    const uuids = [...(await addFrame(store, 0)), ...(await addFrame(store, 1))];
    await addFrame(store, 0, { kind: 'o' });
    await addFrame(store, 0, { kind: 's' });
    expect(await createIngest(store).run()).toBe(true);
    const place = 'date=2026-11-28/hour=18/07-tp84o0-1-4';
    expect(files()).toEqual([`connections/${place}.parquet`, `open/${place}.parquet`, `snapshots/${place}.jsonl.zst`]);
    expect(await storedRows()).toEqual(uuids.toSorted());
    const [row] = await select(
      `SELECT cluster, node, received::VARCHAR, start_time::VARCHAR, bytes_acked, min_rtt_us FROM read_parquet('${folder}/connections/*/*/*.parquet') LIMIT 1`,
    );
    expect(row?.slice(0, 2)).toEqual(['a', 'one']);
    expect(String(row?.[2])).toMatch(/^2026-11-28 18:30:00\.001/);
    // The last message stays, because the broker must not be asked to remove it.
    expect(store.messages.map(({ seq }) => seq)).toEqual([4]);
  });

  it('leaves out frames that came before, and counts those that never came', async () => {
    const store = new FakeStore();
    const uuids = [...(await addFrame(store, 0)), ...(await addFrame(store, 2))];
    await addFrame(store, 0);
    await createIngest(store).run();
    await addFrame(store, 2);
    uuids.push(...(await addFrame(store, 6, { first: 5 })), ...(await addFrame(store, 5, { first: 5 })));
    await createIngest(store).run();
    expect(await storedRows()).toEqual(uuids.toSorted());
    const losses = await select(
      `SELECT node, kind, reason, epoch, frames FROM read_parquet('${folder}/losses/*/*/*.parquet')`,
    );
    expect(losses).toEqual([['one', 'c', 'gap', 'e', 3n]]);
  });

  it('writes each row once, whatever fails or is killed', { timeout: 120_000 }, async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const store = new FakeStore();
      const expected: string[] = [];
      let state = seed;
      const random = (): number => {
        state = (state * 48_271) % 2_147_483_647;
        return state / 2_147_483_647;
      };
      store.fault = () => {
        const at = random();
        if (at < 0.02) return 'kill';
        if (at < 0.04) return 'kill after';
        return at < 0.045 ? 'fail' : at < 0.05 ? 'fail after' : 'none';
      };
      let frame = 0;
      let isDone = false;
      while (!isDone) {
        if (frame < 60) {
          const node = `n${seed}`;
          for (let i = 0; i < 5; i++) expected.push(...(await addFrame(store, frame++, { node })));
          await addFrame(store, Math.floor(random() * frame), { node });
        }
        try {
          isDone = (await createIngest(store, 200).run()) && frame >= 60;
        } catch (error) {
          if (!(error instanceof Killed)) throw error;
        }
      }
      const rows = (await storedRows()).filter((uuid) => uuid.startsWith(`n${seed}-`));
      expect(rows).toEqual(expected.toSorted());
    }
  });

  it('sets aside what has no rows that can be trusted, and keeps the others', async () => {
    const store = new FakeStore();
    const uuids = await addFrame(store, 0);
    await addFrame(store, 1, { change: (text) => text.replace('\n', 'x\n') });
    await addFrame(store, 2, { rows: 3, change: (text) => text.split('\n').slice(1).join('\n') });
    await addFrame(store, 3, { change: (text) => text.replace('"one"', '"two"') });
    await addFrame(store, 4, { rows: 5, change: (text) => text.split('\n').with(2, '{').join('\n') });
    uuids.push(...(await addFrame(store, 5)));
    store.add('nonsense', Buffer.from('x'), {});
    store.add('a/one/e/c/6', Buffer.from('x'), {});
    store.add('a/one/e/c/7', Buffer.from('x'), { 'Tcpinfo-Rows': '1', 'Tcpinfo-First': '0' });
    const cut = store.messages[0]?.data.subarray(0, 40) ?? Buffer.alloc(0);
    store.add('a/one/e/c/8', cut, { 'Tcpinfo-Rows': '3', 'Tcpinfo-First': '0' });
    const ingest = createIngest(store);
    expect(await ingest.run()).toBe(true);
    expect(await storedRows()).toEqual(uuids.toSorted());
    expect(ingest.asideMessages).toBe(8);
    const reasons = files()
      .filter((name) => name.startsWith('poison/') && name.endsWith('.json'))
      .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
      .map(({ seq, reason }) => [seq, reason]);
    expect(Object.fromEntries(reasons)).toEqual({
      ...{ 2: 'json', 3: 'rows', 4: 'origin', 5: 'json' },
      ...{ 7: 'id', 8: 'headers', 9: 'frame', 10: 'frame' },
    });
  });

  it('stops when another process has the partition', async () => {
    const store = new FakeStore();
    await addFrame(store, 0);
    let writes = 0;
    const other: PartitionStore = {
      info: async () => await store.info(),
      next: async (seq) => await store.next(seq),
      readLedger: async () => await store.readLedger(),
      trim: async (seq) => await store.trim(seq),
      writeLedger: async (text, revision) => {
        if (++writes === 2 && store.ledger !== undefined) store.ledger = { ...store.ledger, revision: 99 };
        return await store.writeLedger(text, revision);
      },
    };
    await expect(createIngest(other).run()).rejects.toThrow(OwnerError);
  });

  it('begins anew with a stream that was created anew, and knows its frames', async () => {
    const store = new FakeStore();
    const uuids = await addFrame(store, 0);
    await createIngest(store).run();
    const again = new FakeStore();
    again.ledger = store.ledger;
    again.created = '2026-11-29T00:00:00Z';
    await addFrame(again, 0);
    uuids.push(...(await addFrame(again, 1)));
    await createIngest(again).run();
    expect(await storedRows()).toEqual(uuids.toSorted());
  });

  it('reads the stream again when the broker lost what it had acknowledged', async () => {
    const store = new FakeStore();
    const uuids = [...(await addFrame(store, 0)), ...(await addFrame(store, 1))];
    await createIngest(store).run();
    store.lose(1);
    uuids.push(...(await addFrame(store, 2)));
    await createIngest(store).run();
    expect(await storedRows()).toEqual(uuids.toSorted());
    expect(lines.join('')).toContain('the broker lost messages that it had acknowledged');
  });
});
