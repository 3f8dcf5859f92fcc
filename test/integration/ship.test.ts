import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { nkeys } from '@nats-io/transport-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseMessageId } from '../../fleet/wire/index.js';
import { decompressFrames } from '../../zstd/index.js';
import { DAEMON } from '../support/daemon.js';
import { NatsServer } from '../support/nats.js';
import { havePrograms } from '../support/programs.js';
import { Running } from '../support/running.js';
import { SegmentMaker } from '../support/segment-maker.js';
import { until } from '../support/waiting.js';

const KILLS = 10;
const STREAM = 'TCPINFO_00';

let folder = '';
let spool = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tcp-info-ship-'));
  spool = join(folder, 'spool');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Starts `tcp-info ship`. */
function ship({ url }: NatsServer, ...more: readonly string[]): Running {
  const args = ['ship', '--spool', spool, '--to', url, '--partitions=1', '--spread=0s', ...more];
  return new Running(process.execPath, [DAEMON, ...args]);
}

/** Frames of one kind that are written while a test goes on. */
class Writing {
  readonly maker: SegmentMaker;
  readonly rows: string[] = [];
  #isOver = false;
  readonly #written: Promise<void>;

  constructor() {
    this.maker = new SegmentMaker(spool, 'c');
    this.#written = this.#write();
  }

  /** Stops, and finishes the last segment. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#written;
  }

  async #write(): Promise<void> {
    while (!this.#isOver) {
      for (let frame = 0; frame < 20; frame++) this.rows.push(...(await this.maker.frame(5)));
      this.maker.seal();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Waits until the folder has no segment, ends the program and checks that each frame is in the stream, with its rows. */
async function expectAll(server: NatsServer, running: Running, { rows, maker }: Writing): Promise<void> {
  await until('an empty folder', () => readdirSync(join(spool, 'c')).length === 0, 120_000);
  expect(await running.stop()).toBe(0);
  const messages = await server.messages(STREAM);
  const frames = messages.map(({ id }) => parseMessageId(id)?.frame ?? -1);
  expect(frames.toSorted((a, b) => a - b)).toEqual(Array.from({ length: maker.frames }, (_, frame) => frame));
  const found: string[] = [];
  for (const { data, header } of messages) {
    const pieces: Buffer[] = [];
    for await (const piece of decompressFrames(
      (async function* () {
        yield data;
      })(),
    ))
      pieces.push(piece);
    const lines = Buffer.concat(pieces).toString().trimEnd().split('\n');
    expect(lines).toHaveLength(Number(header('Tcpinfo-Rows')));
    found.push(...lines.map((line) => String(JSON.parse(line).uuid)));
  }
  expect(found.toSorted()).toEqual(rows.toSorted());
}

describe.skipIf(!havePrograms('tcp-info ship', 'nats-server'))('tcp-info ship', () => {
  it('creates the streams, and checks those that exist', async () => {
    await using server = await NatsServer.start(folder);
    const init = async (...more: string[]): Promise<{ code: number | null; output: string }> => {
      const args = [DAEMON, 'ship', '--init', '--to', server.url, '--partitions=2', ...more];
      await using running = new Running(process.execPath, args);
      return { code: await running.ended(), output: running.output };
    };
    expect(await init('--max-bytes=1MiB')).toEqual({ code: 0, output: '3 streams: 3 created, 0 as they should be\n' });
    expect(await init('--max-bytes=1MiB')).toEqual({ code: 0, output: '3 streams: 0 created, 3 as they should be\n' });
    const { code, output } = await init('--max-bytes=2MiB');
    expect(code).toBe(1);
    expect(output).toContain('TCPINFO_00 exists with max_bytes: 1048576, not 2097152');
    await server.signal('SIGKILL');
    expect((await init()).code).toBe(1);
  });

  it('stores each frame once while it and the broker are killed at random', { timeout: 300_000 }, async () => {
    await using server = await NatsServer.start(folder);
    await server.createStreams(1);
    const writing = new Writing();
    let running = ship(server);
    try {
      for (let kill = 0; kill < KILLS; kill++) {
        await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 700));
        running.signal('SIGKILL');
        await running.ended();
        if (kill % 2 === 0) {
          await server.signal('SIGKILL');
          await server.start();
        }
        running = ship(server);
      }
      await server.signal('SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 500));
      await server.start();
      await writing.end();
      await expectAll(server, running, writing);
    } finally {
      await writing.end();
      await running[Symbol.asyncDispose]();
    }
  });

  it('waits for a broker that hangs, and for one that is full', { timeout: 300_000 }, async () => {
    await using server = await NatsServer.start(folder);
    await server.createStreams(1, 100_000);
    const writing = new Writing();
    await using running = ship(server, '--prom=127.0.0.1:0');
    try {
      await until('a message', async () => (await server.messages(STREAM)).length > 0);
      await server.signal('SIGSTOP');
      // Longer than an acknowledgement may take.
      await until('a refusal', () => running.output.includes('reason='), 60_000);
      await server.signal('SIGCONT');
      const connection = await server.connect();
      const manager = await jetstreamManager(connection);
      await until('a full stream', async () => (await manager.streams.info(STREAM)).state.bytes > 95_000, 60_000);
      await writing.end();
      await manager.streams.update(STREAM, { max_bytes: 64 * 2 ** 20 });
      await connection.close();
      await expectAll(server, running, writing);
    } finally {
      await writing.end();
    }
  });

  it('takes credentials anew for each connection, and waits for rights', { timeout: 300_000 }, async () => {
    const [right, wrong] = [nkeys.createUser(), nkeys.createUser()];
    const seed = (key: typeof right): string => new TextDecoder().decode(key.getSeed());
    await using server = await NatsServer.start(folder);
    await server.createStreams(1);
    await server.signal('SIGTERM');
    const rights = 'publish: ["tcpinfo.v1.*.*.test.>"], subscribe: ["_INBOX.test.>"]';
    await server.start(`authorization { users = [ { nkey: ${right.getPublicKey()}, permissions: { ${rights} } } ] }\n`);
    const writing = new Writing();
    await until('a segment', () => writing.maker.frames >= 20);
    await writing.end();
    const file = join(folder, 'seed');
    writeFileSync(file, seed(wrong), { mode: 0o644 });
    chmodSync(file, 0o644);
    await using running = ship(server, '--nkey', file, '--inbox-prefix=_INBOX.test');
    await until(
      'the mode',
      () => {
        // Its own end would be waited for in vain.
        if (running.output.includes('stopped')) throw new Error(running.output);
        return running.output.includes('open to all users of this machine: chmod 600 it');
      },
      120_000,
    );
    chmodSync(file, 0o600);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    writeFileSync(file, `${seed(right)}\n`);
    await until('an empty folder', () => readdirSync(join(spool, 'c')).length === 0, 120_000);
    expect(await running.stop()).toBe(0);
    await server.signal('SIGTERM');
    await server.start();
    expect(await server.messages(STREAM)).toHaveLength(writing.maker.frames);
  });

  it('ends with --once when everything is sent, and says what is wrong', async () => {
    await using server = await NatsServer.start(folder);
    await server.createStreams(1);
    const maker = new SegmentMaker(spool, 'l');
    await maker.frame();
    maker.seal();
    await using first = ship(server, '--once');
    expect(await first.ended()).toBe(0);
    expect(await server.messages(STREAM)).toHaveLength(1);
    await maker.frame();
    await using other = ship(server, '--once', '--partitions=2');
    expect(await other.ended()).toBe(1);
    expect(other.output).toContain('its frames go to 1 partitions, not 2');
  });
});
