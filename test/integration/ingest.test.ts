import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DAEMON } from '../support/daemon.js';
import { NatsServer } from '../support/nats.js';
import { havePrograms } from '../support/programs.js';
import { Running } from '../support/running.js';
import { SegmentMaker } from '../support/segment-maker.js';
import { until } from '../support/waiting.js';

const KILLS = 12;
const STREAMS = ['TCPINFO_00', 'TCPINFO_01'];

let folder = '';
let spool = '';
let output = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tcp-info-ingest-'));
  spool = join(folder, 'spool');
  output = join(folder, 'files');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function ship({ url }: NatsServer, ...more: readonly string[]): Running {
  const args = ['ship', '--spool', spool, '--to', url, '--partitions=2', '--spread=0s', ...more];
  return new Running(process.execPath, [DAEMON, ...args]);
}

function ingest({ url }: NatsServer, ...more: readonly string[]): Running {
  const args = ['ingest', '--from', url, '--to', output, '--partitions=2', '--file-age=1s', '--keep=0s', ...more];
  return new Running(process.execPath, [DAEMON, ...args]);
}

/** Rows of all files of connections, and how many of them are distinct. */
async function storedRows(): Promise<{ rows: number; distinct: number; uuids: string[] }> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const sql = `SELECT uuid FROM read_parquet('${output}/connections/*/*/*.parquet', union_by_name = true)`;
    const uuids = (await connection.runAndReadAll(sql)).getRows().map(([uuid]) => String(uuid));
    return { rows: uuids.length, distinct: new Set(uuids).size, uuids: uuids.toSorted() };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

describe.skipIf(!havePrograms('tcp-info ingest', 'nats-server'))('tcp-info ingest', () => {
  it('has each row once while it, ship and the broker are killed at random', { timeout: 300_000 }, async () => {
    await using server = await NatsServer.start(folder);
    await server.createStreams(2);
    const makers = ['one', 'two', 'three'].map((node, i) => ({
      node,
      maker: new SegmentMaker(spool, 'c', `5f3a9c1d-t1x9q${i}-8a3c`),
    }));
    const expected: string[] = [];
    let isOver = false;
    const written = (async () => {
      while (!isOver) {
        for (const { node, maker } of makers) {
          for (let frame = 0; frame < 5; frame++) expected.push(...(await maker.frame(4, node)));
          maker.seal();
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    let [shipping, ingesting] = [ship(server), ingest(server)];
    try {
      for (let kill = 0; kill < KILLS; kill++) {
        await new Promise((resolve) => setTimeout(resolve, 500 + Math.random() * 1500));
        if (kill % 3 !== 1) {
          ingesting.signal('SIGKILL');
          await ingesting.ended();
          ingesting = ingest(server);
        }
        if (kill % 3 === 1) {
          await server.signal('SIGKILL');
          await server.start();
        }
        if (kill % 3 === 2) {
          shipping.signal('SIGKILL');
          await shipping.ended();
          // Everything in the folder is sent once more.
          rmSync(join(spool, '.cursor.json'), { force: true });
          shipping = ship(server);
        }
      }
      isOver = true;
      await written;
      await until('an empty folder', () => readdirSync(join(spool, 'c')).length === 0, 120_000);
      expect(await shipping.stop()).toBe(0);
      expect(await ingesting.stop()).toBe(0);
      await using last = ingest(server, '--once');
      expect(await last.ended()).toBe(0);
      const { rows, distinct, uuids } = await storedRows();
      expect(uuids).toEqual(expected.toSorted());
      expect([rows, distinct]).toEqual([expected.length, expected.length]);
      // What is in files is removed from the streams, but for one message of each.
      for (const stream of STREAMS) expect((await server.messages(stream)).length).toBeLessThanOrEqual(1);
      // Nothing was set aside, and nothing taken for lost.
      expect(readdirSync(output).filter((name) => name !== '.making')).toEqual(['connections']);
    } finally {
      isOver = true;
      await written;
      await shipping[Symbol.asyncDispose]();
      await ingesting[Symbol.asyncDispose]();
    }
  });

  it('leaves out what comes again beyond the window of the broker', async () => {
    await using server = await NatsServer.start(folder);
    await server.createStreams(2);
    const maker = new SegmentMaker(spool, 'c');
    const expected = [...(await maker.frame()), ...(await maker.frame())];
    const carry = async (): Promise<void> => {
      await using shipping = ship(server, '--once');
      expect(await shipping.ended()).toBe(0);
      await using ingesting = ingest(server, '--once');
      expect(await ingesting.ended()).toBe(0);
    };
    await carry();
    const connection = await server.connect();
    const { jetstreamManager } = await import('@nats-io/jetstream');
    const manager = await jetstreamManager(connection);
    // Ids are forgotten with their messages: what is sent now is stored again.
    for (const stream of STREAMS) await manager.streams.update(stream, { duplicate_window: 100_000_000 });
    await connection.close();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    rmSync(join(spool, '.cursor.json'));
    expected.push(...(await maker.frame()));
    await carry();
    expect((await storedRows()).uuids).toEqual(expected.toSorted());
  });

  it('shares partitions, and stops when another process has them', async () => {
    await using server = await NatsServer.start(folder);
    await server.createStreams(2);
    await using other = new Running(process.execPath, [
      ...[DAEMON, 'ingest', '--from', server.url, '--to', output, '--partitions=2', '--instance=2/2'],
    ]);
    expect(await other.ended()).toBe(2);
    expect(other.output).toContain('expected I/N, such as 0/2 and 1/2');
    const maker = new SegmentMaker(spool, 'c');
    const expected: string[] = [];
    for (let i = 0; i < 8; i++) expected.push(...(await maker.frame(3, `node-${i}`)));
    maker.seal();
    await using shipping = ship(server, '--once');
    expect(await shipping.ended()).toBe(0);
    for (const instance of ['0/2', '1/2']) {
      await using ingesting = ingest(server, '--once', `--instance=${instance}`);
      expect(await ingesting.ended()).toBe(0);
    }
    expect((await storedRows()).uuids).toEqual(expected.toSorted());
  });
});
