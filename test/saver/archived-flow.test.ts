import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileSource, readRecords } from '../../archive/input/index.js';
import { ConnectionCache, Exclusions } from '../../cache/index.js';
import { createLogger } from '../../log/index.js';
import { type ArchivedFlow, type Metadata, parseNetlinkMessage } from '../../parse/index.js';
import { type ArchiveFlows, createAnonymizeFlow, Saver } from '../../saver/index.js';
import { buildMessage, tcpInfo } from '../support/messages.js';
import { testMetrics } from '../support/metric.js';
import { tempFolder } from '../support/temp.js';

const FLOW: ArchivedFlow = {
  id: 7,
  orig: { src: '192.0.2.77', sport: 1, dst: '198.51.100.9', dport: 2 },
  reply: { src: '2001:db8:1:2::3', sport: 3, dst: '192.0.2.77', dport: 1 },
  status: 0x20,
};
const COOKIE = 0x1234n;
const TIME = '2026-11-20T23:28:03.1Z';

/** Archives a connection that ends in the scan in which it was first seen. `answer` is called after that. */
async function archive(flows: ArchiveFlows | undefined, answer = (): void => undefined) {
  const output = tempFolder();
  const saver = new Saver({
    output,
    flushAgeMs: 30_000,
    rotateMs: 600_000,
    maxWaitingBytes: 1 << 20,
    anonymize: ({ rawIdm }) => rawIdm,
    ...(flows === undefined ? {} : { flows }),
    metrics: testMetrics(),
    log: createLogger({ write: () => {} }),
  });
  const exclusions = new Exclusions({ srcPorts: [], dstAddressKeys: [] });
  const cache = new ConnectionCache({ uuidPrefix: 'host_1', exclusions, observers: [saver] });
  cache.update(parseNetlinkMessage(buildMessage({ attributes: [{ type: 2, payload: tcpInfo() }] }), TIME), 1);
  cache.end(COOKIE, { timestamp: TIME, cause: 'vanished' });
  answer();
  await saver.close();
  const names = readdirSync(output, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.zst'));
  expect(names).toHaveLength(1);
  const path = join(output, names[0] ?? '');
  let metadata: Metadata | undefined;
  for await (const { record } of readRecords(fileSource(path))) metadata ??= record.metadata;
  return { metadata, bytes: readFileSync(path) };
}

describe('the flow in the metadata of a file', () => {
  it('is waited for when a connection ends before the answer', async () => {
    const waiting: (() => void)[] = [];
    let flow: ArchivedFlow | undefined;
    const flows: ArchiveFlows = {
      readerOf: () => () => flow,
      whenKnown: (_, run) => {
        waiting.push(run);
        return true;
      },
    };
    const { metadata } = await archive(flows, () => {
      flow = FLOW;
      expect(waiting).toHaveLength(1);
      for (const run of waiting) run();
    });
    expect(metadata?.conntrack).toEqual(FLOW);
  });

  it('changes no byte without a flow, or if flows are not looked up', async () => {
    const plain = await archive(undefined);
    expect(plain.metadata).toEqual({ uuid: 'host_1_0000000000001234', sequence: 0, startTime: TIME });
    const none = await archive({ readerOf: () => () => undefined, whenKnown: () => false });
    expect(none.bytes).toEqual(plain.bytes);
  });
});

describe('createAnonymizeFlow', () => {
  const book = (own: readonly string[]) => ({
    has: () => own.length > 0,
    hasSource: () => false,
    learn: () => undefined,
  });

  it('cuts the addresses of other machines', () => {
    expect(createAnonymizeFlow('netblock', book([]))(FLOW)).toEqual({
      ...FLOW,
      orig: { src: '192.0.2.0', sport: 1, dst: '198.51.100.0', dport: 2 },
      reply: { src: '2001:db8:1::', sport: 3, dst: '192.0.2.0', dport: 1 },
    });
    expect(createAnonymizeFlow('netblock', book(['all']))(FLOW)).toEqual(FLOW);
  });

  it('changes nothing with none', () => {
    expect(createAnonymizeFlow('none', book([]))(FLOW)).toBe(FLOW);
  });
});
