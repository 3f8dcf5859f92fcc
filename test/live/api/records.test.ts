import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeLine, ZERO_TIMESTAMP } from '../../../parse/index.js';
import { compressFrame } from '../../../zstd/index.js';
import { MemoryRow } from '../../support/live-store.js';
import { tempFolder } from '../../support/temp.js';
import { until } from '../../support/waiting.js';
import { get, useLiveServer } from './harness.js';

const start = useLiveServer();
const UUID = 'host_1795890818_0000000000000D8F';

/** Writes an archive below a folder, by day; returns its path. */
function writeArchive(folder: string, day: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, day, name);
  mkdirSync(join(folder, day), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const START_TIME = new MemoryRow(0xd8fn).startTime;
const metadata = (sequence: number, startTime = START_TIME): string =>
  encodeLine({ timestamp: ZERO_TIMESTAMP, metadata: { uuid: UUID, sequence, startTime } }).toString();

describe('/records', () => {
  it('sends the lines of all archives of a connection, and skips what is cut', async () => {
    const archives = tempFolder();
    const records = Array.from({ length: 3000 }, (_, n) => `{"n":${n},"x":"${'x'.repeat(100)}"}\n`);
    const lines = [metadata(0), ...records];
    const frame = await compressFrame(Buffer.from([metadata(0), ...records.slice(0, 2000)].join('')));
    const rest = await compressFrame(Buffer.from([metadata(1), ...records.slice(2000)].join('')));
    writeArchive(archives, '2026/11/28', `${UUID}.00000.jsonl.zst`, frame);
    writeArchive(
      archives,
      '2026/11/28',
      `${UUID}.00001.jsonl.zst`,
      Buffer.concat([rest, rest.subarray(0, rest.length / 2)]),
    );
    const served = await start({ archives });
    served.store.close(served.row);
    const answer = await get(served, '/connections/D8F/records');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    const got = answer.body.split('\n').slice(0, -1);
    expect(got.slice(0, 3001).map((line) => `${line}\n`)).toEqual(lines);
    expect(await get(served, '/connections/D8F/records', {}, 'HEAD')).toMatchObject({ status: 200, body: '' });
    // Each download has given back its turn.
    await until('a free turn', async () => (await get(served, '/connections/D8F/records')).status === 200);
    expect(await get(served, '/connections/D90/records')).toMatchObject({ status: 404 });
  });

  it('sends no archive of another connection of the same socket, nor one without metadata', async () => {
    const archives = tempFolder();
    const [own, other] = ['{"n":1}\n', '{"n":2}\n'];
    const contents = [
      [metadata(0, '2026-11-28T19:01:00Z'), other],
      [metadata(1), own],
      [other],
      [metadata(3, '2026-11-28T19:09:00Z'), other],
      [metadata(4), own],
    ];
    for (const [n, lines] of contents.entries()) {
      writeArchive(
        archives,
        '2026/11/28',
        `${UUID}.0000${n}.jsonl.zst`,
        await compressFrame(Buffer.from(lines.join(''))),
      );
    }
    const served = await start({ archives });
    served.store.close(served.row);
    const { body } = await get(served, '/connections/D8F/records');
    expect(body).toBe([metadata(1), own, own].join(''));
  });

  it('ends when the client has not read it in time, and gives back its turn', async () => {
    const archives = tempFolder();
    // More than the kernel takes for a client that does not read.
    const first = await compressFrame(Buffer.from(metadata(0)));
    const frame = await compressFrame(Buffer.from(`{"x":"${'x'.repeat(100)}"}\n`.repeat(10_000)));
    const frames = Array.from({ length: 10 }, () => frame);
    writeArchive(archives, '2026/11/28', `${UUID}.00000.jsonl.zst`, Buffer.concat([first, ...frames]));
    // Long enough for the first bytes of each, also on a busy machine.
    const served = await start({ archives, downloadMs: 2000 });
    served.store.close(served.row);
    const sockets = await Promise.all(
      [1, 2, 3, 4].map(async () => {
        const socket = connect({ path: served.path });
        socket.on('error', () => {}); // the server may end with a reset
        const closed = once(socket, 'close');
        await once(socket, 'connect');
        socket.write('GET /api/v1/connections/D8F/records HTTP/1.1\r\nHost: localhost\r\n\r\n');
        return { socket, closed }; // reads nothing
      }),
    );
    const unread = async (): Promise<string> => await served.metrics.registry.metrics();
    await until('all four are counted', async () =>
      (await unread()).includes('tcpinfo_live_rejected_total{reason="unread"} 4\n'),
    );
    for (const { socket, closed } of sockets) {
      let text = '';
      socket.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      await closed;
      expect(text).toMatch(/^HTTP\/1\.1 200 /);
      expect(text).not.toMatch(/\r\n0\r\n\r\n$/);
    }
    expect(served.lines.filter((line) => line.includes('reason=unread'))).toHaveLength(1);
    expect((await get(served, '/connections/D90/records')).status).toBe(404); // not 429
  });

  it('is 404 when no archive can be read', async () => {
    const archives = tempFolder();
    mkdirSync(join(archives, '2026/11/28', `${UUID}.00000.jsonl.zst`), { recursive: true });
    const served = await start({ archives });
    served.store.close(served.row);
    for (let n = 0; n < 2; n++) {
      const answer = await get(served, '/connections/D8F/records');
      expect(answer.status).toBe(404);
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'ERR_NO_ARCHIVE' });
    }
  });

  it('is 404 for a connection over loopback, which has none', async () => {
    const served = await start({ archives: tempFolder() });
    served.store.all.push(
      new MemoryRow(0xd91n, { localAddress: '127.0.0.1', remoteAddress: '127.0.0.1' }),
      new MemoryRow(0xd92n, { localAddress: '::1', remoteAddress: '::1' }),
    );
    const details = await Promise.all(
      ['D91', 'D92', 'D8F'].map(async (id) => {
        const { body } = await get(served, `/connections/${id}/records`);
        return (JSON.parse(body) as { readonly detail: string }).detail;
      }),
    );
    const none = 'connections over loopback have no archives';
    expect(details).toEqual([none, none, 'there is no readable archive of this connection yet']);
  });
});
