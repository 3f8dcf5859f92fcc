import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Carrier, type FrameMessage, RefusedError, Shipper, type Transport } from '../../../fleet/ship/index.js';
import { parseMessageId } from '../../../fleet/wire/index.js';
import { createLogger } from '../../../log/index.js';
import { createShipMetrics } from '../../../metrics/index.js';
import { SegmentMaker } from '../../support/segment-maker.js';
import { until } from '../../support/waiting.js';

/** Broker in memory, which refuses what it is told to. */
class FakeBroker implements Transport {
  readonly stored: FrameMessage[] = [];
  readonly sent: string[] = [];
  connects = 0;
  refuse: (message: FrameMessage) => RefusedError | undefined = () => undefined;
  refuseConnect: () => RefusedError | undefined = () => undefined;
  #end: (reason: string) => void = () => undefined;

  async connect(): Promise<Carrier> {
    const refusal = this.refuseConnect();
    if (refusal !== undefined) throw refusal;
    this.connects++;
    const ended = new Promise<string>((resolve) => {
      this.#end = resolve;
    });
    return { ended, send: async (message) => await this.#send(message), close: async () => undefined };
  }

  /** Ends the connection. */
  cut(): void {
    this.#end('cut');
  }

  get ids(): string[] {
    return this.stored.map(({ id }) => id);
  }

  async #send(message: FrameMessage): Promise<{ isDuplicate: boolean }> {
    this.sent.push(message.id);
    await new Promise(setImmediate);
    const refusal = this.refuse(message);
    if (refusal !== undefined) throw refusal;
    const isDuplicate = this.ids.includes(message.id);
    if (!isDuplicate) this.stored.push(message);
    return { isDuplicate };
  }
}

let folder = '';
const lines: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tcp-info-ship-'));
  lines.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function createShipper(transport: Transport, options: { partitions?: number; once?: boolean } = {}): Shipper {
  return new Shipper({
    ...{ folder, transport, partitions: 1, once: true, spreadMs: 0, bytesPerSecond: 2 ** 30, ...options },
    metrics: createShipMetrics('1'),
    log: createLogger({ write: (line) => lines.push(line) }),
  });
}

const epoch = '5f3a9c1d-t1x9q0-8a3c';
const idsOf = (kind: string, count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, i) => `test/one/${epoch}/${kind}/${from + i}`);
const files = (kind: string): string[] => readdirSync(join(folder, kind)).toSorted();
const positions = (): Record<string, Record<string, number>> =>
  JSON.parse(readFileSync(join(folder, '.cursor.json'), 'utf8')).positions;

describe('the shipper', () => {
  it('sends each frame as it lies in its segment, losses first, and deletes finished segments', async () => {
    const broker = new FakeBroker();
    for (const kind of ['s', 'o', 'c', 'l'] as const) {
      const maker = new SegmentMaker(folder, kind);
      for (let frame = 0; frame < 3; frame++) await maker.frame();
      maker.seal();
      await maker.frame();
    }
    const open = readFileSync(new SegmentMaker(folder, 'c').path.replace('000000000000', '000000000003'));
    expect(await createShipper(broker).run()).toBe(true);
    expect(broker.ids).toEqual(['l', 'c', 'o', 's'].flatMap((kind) => idsOf(kind, 4)));
    expect(files('c')).toEqual([`${epoch}.000000000003.jsonl.zst.open`]);
    expect(positions()['c']).toEqual({ [epoch]: 4 });
    const last = broker.stored.find(({ id }) => id === `test/one/${epoch}/c/3`);
    expect(Buffer.from(last?.payload ?? [])).toEqual(open);
    expect(last?.subject).toBe('tcpinfo.v1.00.c.test.one');
    expect(last?.headers).toMatchObject({ 'Tcpinfo-Rows': '3', 'Tcpinfo-Version': '1' });
  });

  it('goes on with a segment that grows, and is finished', async () => {
    const broker = new FakeBroker();
    const maker = new SegmentMaker(folder, 'c');
    await maker.frame();
    const shipper = createShipper(broker, { once: false });
    const running = shipper.run();
    await until('a frame', () => broker.ids.length === 1);
    await maker.frame();
    await until('another frame', () => broker.ids.length === 2);
    await maker.frame();
    maker.seal();
    await until('the deletion', () => files('c').length === 0);
    shipper.stop();
    expect(await running).toBe(false);
    expect(broker.ids).toEqual(idsOf('c', 3));
  });

  it('sends a frame that is cut when it is whole', async () => {
    const broker = new FakeBroker();
    const maker = new SegmentMaker(folder, 'c');
    await maker.frame();
    const whole = readFileSync(maker.path);
    await maker.frame();
    const both = readFileSync(maker.path);
    truncateSync(maker.path, whole.length + 10);
    const shipper = createShipper(broker, { once: false });
    const running = shipper.run();
    await until('the whole frame', () => broker.ids.length === 1);
    writeFileSync(maker.path, both);
    await until('the other', () => broker.ids.length === 2);
    shipper.stop();
    await running;
    expect(broker.ids).toEqual(idsOf('c', 2));
  });

  it('loses no frame of segments that get their names while it reads them', async () => {
    const broker = new FakeBroker();
    const maker = new SegmentMaker(folder, 'c');
    const shipper = createShipper(broker, { once: false });
    const running = shipper.run();
    for (let segment = 0; segment < 100; segment++) {
      for (let frame = 0; frame < 3; frame++) await maker.frame();
      await new Promise(setImmediate);
      maker.seal();
    }
    await until('all frames', () => broker.stored.length >= 300);
    await until('the deletion', () => files('c').length === 0);
    shipper.stop();
    await running;
    expect(broker.ids).toEqual(idsOf('c', 300));
    expect(lines.filter((line) => line.includes('deleted before'))).toEqual([]);
    for (const { headers } of broker.stored) expect(Number(headers['Tcpinfo-First'])).toBeLessThan(300);
  });

  it('sends frames again under the same id, whatever refused them, and none twice', async () => {
    const broker = new FakeBroker();
    const maker = new SegmentMaker(folder, 'c');
    for (let frame = 0; frame < 40; frame++) await maker.frame();
    maker.seal();
    const reasons = ['timeout', 'full', 'unavailable', 'auth'] as const;
    let refusals = 0;
    broker.refuse = ({ id }) => {
      const { frame } = parseMessageId(id) ?? { frame: 0 };
      if (frame % 10 !== 5 || refusals >= reasons.length) return undefined;
      return new RefusedError(reasons[refusals++] ?? 'timeout', 'no');
    };
    expect(await createShipper(broker).run()).toBe(true);
    expect(refusals).toBe(reasons.length);
    expect(broker.ids.toSorted()).toEqual(idsOf('c', 40).toSorted());
    expect(files('c')).toEqual([]);
  });

  it('says the lowest frame that may still come', async () => {
    const broker = new FakeBroker();
    const maker = new SegmentMaker(folder, 'c');
    for (let frame = 0; frame < 10; frame++) await maker.frame();
    maker.seal();
    let isRefused = false;
    broker.refuse = ({ id }) => {
      if (isRefused || !id.endsWith('/4')) return undefined;
      isRefused = true;
      return new RefusedError('timeout', 'no');
    };
    await createShipper(broker).run();
    for (const { id, headers } of broker.stored) {
      const first = Number(headers['Tcpinfo-First']);
      const before = broker.ids.slice(0, broker.ids.indexOf(id));
      expect(first).toBeLessThanOrEqual(parseMessageId(id)?.frame ?? -1);
      for (const earlier of idsOf('c', first)) expect(before).toContain(earlier);
    }
  });

  it('goes on over a new connection with what was not acknowledged', async () => {
    const broker = new FakeBroker();
    const maker = new SegmentMaker(folder, 'c');
    for (let frame = 0; frame < 5; frame++) await maker.frame();
    maker.seal();
    let isCut = false;
    broker.refuse = ({ id }) => {
      if (!isCut && id.endsWith('/2')) {
        isCut = true;
        broker.cut();
      }
      return isCut && broker.connects === 1 ? new RefusedError('disconnected', 'gone') : undefined;
    };
    let refusals = 2;
    broker.refuseConnect = () => (isCut && refusals-- > 0 ? new RefusedError('auth', 'wrong') : undefined);
    expect(await createShipper(broker).run()).toBe(true);
    expect(broker.connects).toBe(2);
    expect(broker.ids.toSorted()).toEqual(idsOf('c', 5));
    expect(refusals).toBeLessThan(1);
  });

  it('goes on where the last one ended, and sends everything once more without its cursor', async () => {
    const broker = new FakeBroker();
    const maker = new SegmentMaker(folder, 'c');
    for (let frame = 0; frame < 3; frame++) await maker.frame();
    await createShipper(broker).run();
    await maker.frame();
    await createShipper(broker).run();
    expect(broker.sent).toEqual(idsOf('c', 4));
    unlinkSync(join(folder, '.cursor.json'));
    await createShipper(broker).run();
    expect(broker.sent).toEqual([...idsOf('c', 4), ...idsOf('c', 4)]);
    expect(broker.ids).toEqual(idsOf('c', 4));
  });

  it('counts frames that were deleted before they were sent', async () => {
    const broker = new FakeBroker();
    const maker = new SegmentMaker(folder, 'c');
    await maker.frame();
    maker.seal();
    await createShipper(broker).run();
    await maker.frame();
    await maker.frame();
    unlinkSync(maker.seal());
    await maker.frame();
    maker.seal();
    await createShipper(broker).run();
    expect(broker.ids).toEqual([...idsOf('c', 1), ...idsOf('c', 1, 3)]);
    expect(lines.filter((line) => line.includes('deleted before')).join('')).toMatch(/kind=c frames=2/);
  });

  it('sets a segment aside behind the frames that can be read', async () => {
    const broker = new FakeBroker();
    const maker = new SegmentMaker(folder, 'c');
    await maker.frame();
    const before = readFileSync(maker.path).length;
    await maker.frame();
    const path = maker.seal();
    const bytes = readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(before + 20) ^ 0xff, before + 20);
    writeFileSync(path, bytes);
    await maker.frame();
    const shipper = createShipper(broker);
    expect(await shipper.run()).toBe(true);
    expect(shipper.asideFiles).toBe(1);
    expect(existsSync(`${path}.bad`)).toBe(true);
    expect(broker.ids).toEqual([...idsOf('c', 1), ...idsOf('c', 1, 2)]);
    expect(lines.join('')).toMatch(/deleted before|set aside/);
  });

  it('sets a frame aside that no broker takes', async () => {
    const broker = new FakeBroker();
    const maker = new SegmentMaker(folder, 'c');
    await maker.frame();
    const [content] = [readFileSync(maker.path)];
    await maker.frame();
    maker.seal();
    broker.refuse = ({ id }) => (id.endsWith('/0') ? new RefusedError('too-large', 'no') : undefined);
    const shipper = createShipper(broker);
    expect(await shipper.run()).toBe(true);
    expect(files('c')).toEqual([`${epoch}.0.frame.bad`]);
    expect(readFileSync(join(folder, 'c', `${epoch}.0.frame.bad`))).toEqual(content);
    expect(broker.ids).toEqual(idsOf('c', 1, 1));
  });

  it('is alone in its folder', async () => {
    const broker = new FakeBroker();
    const first = createShipper(broker, { once: false });
    const running = first.run();
    await until('the lock', () => existsSync(join(folder, '.ship')));
    await expect(createShipper(broker).run()).rejects.toThrow(/cannot lock .*\.ship/);
    first.stop();
    await running;
    expect(existsSync(join(folder, '.ship'))).toBe(false);
  });

  it('does not send frames to other partitions than before', async () => {
    const broker = new FakeBroker();
    const maker = new SegmentMaker(folder, 'c');
    await maker.frame();
    await createShipper(broker, { partitions: 4 }).run();
    await maker.frame();
    await expect(createShipper(broker, { partitions: 8 }).run()).rejects.toThrow(/4 partitions, not 8/);
    await createShipper(broker, { partitions: 4 }).run();
    await createShipper(broker, { partitions: 8 }).run();
    expect(broker.ids).toEqual(idsOf('c', 2));
  });

  it('refuses a file that is not a cursor', async () => {
    writeFileSync(join(folder, '.cursor.json'), '{"v":2}');
    await expect(createShipper(new FakeBroker()).run()).rejects.toThrow(/it is not a cursor: delete it/);
  });
});
