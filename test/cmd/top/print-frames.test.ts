import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { printFrames } from '../../../cmd/tcp-info/top/print-frames.js';
import { findColumn, type SourceMode, TopModel } from '../../../view/top/index.js';
import { until } from '../../support/waiting.js';
import { deltaEvent, rowJson, viewEvent } from '../../view/top/rows.js';
import { FakeSource } from './fake-source.js';

function modelOf(mode: SourceMode): TopModel {
  const columns = ['remote', 'send'].flatMap((name) => findColumn(name) ?? []);
  return new TopModel({ mode, place: '', columns, filter: '', sorting: undefined, everyMs: 1000, unicode: false });
}

const VIEW = viewEvent([rowJson(1), rowJson(2)]);
const DELTA = { ...deltaEvent([rowJson(1), rowJson(2)], [rowJson(2)]), generation: 2 };

describe('printed views', () => {
  it('are the title, a table of all rows, and a blank line between two', async () => {
    const source = new FakeSource();
    const stdout = new PassThrough();
    const printed = printFrames({
      model: modelOf('live'),
      source,
      frames: 2,
      format: 'text',
      jsonFields: 'default',
      stdout,
    });
    await until('the subscription', () => source.subscriptions.length > 0);
    source.report({ kind: 'view', view: VIEW });
    await until('the first view', () => stdout.readableLength > 0);
    source.rows = [rowJson(2)];
    source.report({ kind: 'delta', delta: DELTA });
    await printed;
    stdout.end();
    expect(await text(stdout)).toMatchInlineSnapshot(`
      "tcp-info - host - live - scans every 10 ms - 2 open - 0 closed

      Remote                    Send
      198.51.100.1:50001    8 Mbit/s
      198.51.100.2:50002   16 Mbit/s

      tcp-info - host - live - scans every 10 ms - 1 open - 0 closed

      Remote                    Send
      198.51.100.2:50002   16 Mbit/s
      "
    `);
    expect(source.subscriptions).toEqual([expect.objectContaining({ limit: 1 }), 'stop']);
    expect(source.asked.filter((each) => each.startsWith('view'))).toHaveLength(2);
    expect(source.asked.find((each) => each.startsWith('view'))).toContain('"limit":1000');
  });

  it('skip the first values of this process itself, which have no rates yet', async () => {
    const source = new FakeSource('own');
    const stdout = new PassThrough();
    const printed = printFrames({
      model: modelOf('own'),
      source,
      frames: 1,
      format: 'json',
      jsonFields: 'all',
      stdout,
    });
    await until('the subscription', () => source.subscriptions.length > 0);
    source.report({ kind: 'view', view: VIEW });
    await new Promise((resolve) => setImmediate(resolve));
    expect(source.asked).toEqual(['status']);
    source.report({ kind: 'delta', delta: DELTA });
    await printed;
    stdout.end();
    expect(JSON.parse(await text(stdout))).toMatchObject({ total: 2, connections: [{ key: rowJson(1).key }, {}] });
    expect(source.asked[1]).toContain('"limit":10000,"fields":"all"');
  });

  it('wait for processes that the filter tests, while they are being looked up', async () => {
    const source = new FakeSource('own');
    source.unknown = { pending: 2 };
    const stdout = new PassThrough();
    const model = modelOf('own');
    model.filter = 'comm:nginx';
    const printed = printFrames({ model, source, frames: 1, format: 'json', jsonFields: 'all', stdout });
    await until('the subscription', () => source.subscriptions.length > 0);
    source.report({ kind: 'view', view: VIEW });
    await new Promise((resolve) => setImmediate(resolve));
    source.report({ kind: 'delta', delta: DELTA });
    await until('the second status', () => source.asked.length === 2);
    expect(source.asked).toEqual(['status', 'status']);
    source.unknown = {};
    source.report({ kind: 'delta', delta: { ...DELTA, generation: 3 } });
    await printed;
    expect(source.asked.slice(2)).toEqual(['status', expect.stringMatching(/^view /)]);
  });

  it.each([
    ['lost', false],
    ['refused', true],
  ] as const)('end with an error when the source is %s', async (kind, isWrong) => {
    const source = new FakeSource();
    const stdout = new PassThrough();
    const printed = printFrames({
      model: modelOf('live'),
      source,
      frames: 1,
      format: 'text',
      jsonFields: 'default',
      stdout,
    });
    await until('the subscription', () => source.subscriptions.length > 0);
    source.report({ kind, reason: 'why' });
    await expect(printed).rejects.toMatchObject({ message: 'why', isWrong });
    expect(source.subscriptions.at(-1)).toBe('stop');
  });

  it('end with an error when they cannot be written', async () => {
    const source = new FakeSource();
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('full'), { code: 'ENOSPC' })),
    });
    stdout.on('error', () => undefined);
    const printed = printFrames({
      model: modelOf('live'),
      source,
      frames: 1,
      format: 'text',
      jsonFields: 'default',
      stdout,
    });
    await until('the subscription', () => source.subscriptions.length > 0);
    source.report({ kind: 'view', view: VIEW });
    await expect(printed).rejects.toMatchObject({ code: 'ENOSPC' });
  });
});
