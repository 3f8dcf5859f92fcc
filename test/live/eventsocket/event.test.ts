import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFinalCounters } from '../../../live/eventsocket/final-counters.js';
import { type FlowEvent, formatClose, formatOpen, NO_COOKIE, parseEvent } from '../../../live/eventsocket/index.js';
import { GOLDEN, haveGolden } from '../../support/golden.js';

const OPEN =
  '{"Event":0,"Timestamp":"2026-11-20T23:28:03.06902869Z","UUID":"host.example.com_1552945174_000000000000D5C5",' +
  '"ID":{"SPort":5001,"DPort":41001,"SrcIP":"10.88.0.1","DstIP":"10.88.0.2","Interface":0,"Cookie":54725}}';
const CLOSE =
  '{"Event":1,"Timestamp":"2026-11-20T23:28:03.319923211Z","UUID":"host.example.com_1552945174_000000000000D5C5","ID":null}';

function format(event: FlowEvent): string {
  switch (event.kind) {
    case 'open':
      return formatOpen(event);
    case 'close':
      return formatClose(event);
    case 'unknown':
      return event.line;
  }
}

function parseOpen(line: string) {
  const event = parseEvent(line);
  if (event.kind !== 'open') {
    throw new Error(`not an open event: ${line}`);
  }
  return event;
}

describe('event lines', () => {
  it.skipIf(!haveGolden("the reference's events")).each(['basic', 'rotation', 'variety'])(
    "of the reference's %s run are parsed and formatted again, byte for byte",
    (run) => {
      const lines = readFileSync(join(GOLDEN, run, 'events.jsonl'), 'utf8')
        .trimEnd()
        .split('\n');
      expect(lines.length).toBeGreaterThan(0);
      expect(lines.map((line) => format(parseEvent(line)))).toEqual(lines);
      expect(lines.every((line) => parseEvent(line).kind !== 'unknown')).toBe(true);
    },
  );

  it("are formatted like the reference's", () => {
    const event = parseOpen(OPEN);
    expect(event).toEqual({
      kind: 'open',
      timestamp: '2026-11-20T23:28:03.06902869Z',
      uuid: 'host.example.com_1552945174_000000000000D5C5',
      id: { sport: 5001, dport: 41001, srcIp: '10.88.0.1', dstIp: '10.88.0.2', interface: 0, cookie: 54725n },
    });
    expect(formatOpen(event)).toBe(OPEN);
    const close = { timestamp: '2026-11-20T23:28:03.319923211Z', uuid: 'host.example.com_1552945174_000000000000D5C5' };
    expect(parseEvent(CLOSE)).toEqual({ kind: 'close', ...close });
    expect(formatClose(close)).toBe(CLOSE);
  });

  it('have the network namespace of a flow before all other fields unknown to the reference', () => {
    const netns = { inode: 4_026_532_177, name: 'blue' };
    const place = ',"Netns":{"Inode":4026532177,"Name":"blue"}';
    const open = OPEN.replace(/\}$/, `${place},"Seq":7,"Dropped":0,"Replay":true}`);
    expect(parseOpen(open)).toMatchObject({ netns, sequence: 7, replay: true });
    expect(format(parseEvent(open))).toBe(open);
    const close = CLOSE.replace(/\}$/, `${place},"StartTime":"2026-11-20T23:28:03Z","Cause":"event"}`);
    expect(parseEvent(close)).toMatchObject({ kind: 'close', netns, cause: 'event' });
    expect(format(parseEvent(close))).toBe(close);
    expect(format(parseEvent(CLOSE.replace(/\}$/, ',"Netns":null}')))).toBe(CLOSE);
  });

  it('have on request their number, losses, and the final counters', () => {
    const position = ',"Seq":7,"Dropped":2';
    const open = OPEN.replace(/\}$/, `${position},"Replay":true}`);
    expect(parseEvent(open)).toEqual({ ...parseOpen(OPEN), sequence: 7, dropped: 2, replay: true });
    expect(format(parseEvent(open))).toBe(open);
    const close = CLOSE.replace(
      /\}$/,
      ',"StartTime":"2026-11-20T23:28:03.06902869Z","Cause":"event","Final":{"tcpi_bytes_sent":18446744073709551615,' +
        `"tcpi_segs_out":4294967295,"tcpi_min_rtt":null}${position}}`,
    );
    expect(parseEvent(close)).toEqual({
      ...parseEvent(CLOSE),
      startTime: '2026-11-20T23:28:03.06902869Z',
      cause: 'event',
      final: { bytesSent: 2n ** 64n - 1n, segsOut: 4294967295, minRttUs: null },
      sequence: 7,
      dropped: 2,
    });
    expect(format(parseEvent(close))).toBe(close);
  });

  it.each([
    [0n, '0'],
    [2n ** 53n + 1n, '9007199254740993'],
    [2n ** 63n - 1n, '9223372036854775807'],
    [2n ** 63n, '-9223372036854775808'],
    [NO_COOKIE, '-1'],
  ])('carry the cookie %s as %s', (cookie, wire) => {
    const line = formatOpen({ ...parseOpen(OPEN), id: { ...parseOpen(OPEN).id, cookie } });
    expect(line).toContain(`"Cookie":${wire}}`);
    expect(parseOpen(line).id.cookie).toBe(cookie);
  });

  it('have the interface with its bytes reversed', () => {
    const line = formatOpen({ ...parseOpen(OPEN), id: { ...parseOpen(OPEN).id, interface: 2 } });
    expect(line).toContain('"Interface":33554432,');
    expect(parseOpen(line).id.interface).toBe(2);
  });

  it('are unchanged after formatting and parsing', () => {
    const head = { timestamp: fc.string({ unit: 'grapheme' }), uuid: fc.string({ unit: 'grapheme' }) };
    const position = { sequence: fc.maxSafeNat(), dropped: fc.maxSafeNat() };
    const id = fc.record({
      sport: fc.integer({ min: 0, max: 0xffff }),
      dport: fc.integer({ min: 0, max: 0xffff }),
      srcIp: fc.oneof(fc.ipV4(), fc.ipV6()),
      dstIp: fc.oneof(fc.ipV4(), fc.ipV6()),
      interface: fc.integer({ min: 0, max: 0xffff_ffff }),
      cookie: fc.bigInt({ min: 0n, max: NO_COOKIE }),
    });
    const open = fc.record(
      { kind: fc.constant('open' as const), ...head, id, replay: fc.constant(true as const), ...position },
      { requiredKeys: ['kind', 'timestamp', 'uuid', 'id'] },
    );
    // Whatever a kernel may send: a tcp_info of any length.
    const final = fc.uint8Array({ maxLength: 300, size: 'max' }).map(readFinalCounters);
    const close = fc.record(
      { kind: fc.constant('close' as const), ...head, startTime: head.uuid, cause: head.uuid, final, ...position },
      { requiredKeys: ['kind', 'timestamp', 'uuid'] },
    );
    fc.assert(
      fc.property(fc.oneof(open, close), (event) => {
        const line = format(event);
        expect(parseEvent(line)).toEqual(event);
        // Other readers need only JSON.
        expect(JSON.parse(line)).toMatchObject({ Event: event.kind === 'open' ? 0 : 1, UUID: event.uuid });
      }),
      { numRuns: 1000 },
    );
  });

  it('may have unknown fields, another order, and white space', () => {
    const line =
      '{ "Extra": {"Cookie": 7, "Text": "\\"Cookie\\":8"}, "ID": { "Cookie" : -1, "Interface": 0, "New": [1e300],' +
      ' "DstIP": "192.0.2.1", "SrcIP": "2001:db8::1", "DPort": 1, "SPort": 2 },' +
      ' "UUID": "a\\"Cookie\\":9", "Timestamp": "t", "Event": 0 }\r';
    expect(parseEvent(line)).toMatchObject({ uuid: 'a"Cookie":9', id: { cookie: NO_COOKIE, srcIp: '2001:db8::1' } });
  });

  it('of an unknown kind are recognised, with any fields', () => {
    const line = '{"Event":7,"ID":5}';
    expect(parseEvent(line)).toEqual({ kind: 'unknown', event: 7, line });
  });

  it.each([
    ['', 'not JSON'],
    ['{"Event":0', 'not JSON'],
    ['null', 'an object is missing'],
    ['[]', 'an object is missing'],
    ['{}', 'no Event number'],
    ['{"Event":"0"}', 'no Event number'],
    ['{"Event":0.5}', 'no Event number'],
    [CLOSE.replace('"Event":1', '"Event":0'), 'an object is missing'],
    [CLOSE.replace('"UUID"', '"Uuid"'), 'UUID is missing'],
    [CLOSE.replace('"2026-11-20T23:28:03.319923211Z"', '5'), 'Timestamp is missing or of a wrong type'],
    [OPEN.replace('5001', '65536'), 'SPort is not a number'],
    [OPEN.replace('41001', '-1'), 'DPort is not a number'],
    [OPEN.replace('54725', '18446744073709551616'), 'Cookie is not a 64-bit number'],
    [OPEN.replace('54725', '-9223372036854775809'), 'Cookie is not a 64-bit number'],
    [OPEN.replace('54725', '1.5'), 'not JSON'],
    [OPEN.replace('54725', '1e3'), 'not JSON'],
    [OPEN.replace('54725', '007'), 'not JSON'],
    [OPEN.replace('54725', '"x"'), 'Cookie is not a 64-bit number'],
    [OPEN.replace('54725', 'null'), 'Cookie is missing'],
    [OPEN.replace(/\}$/, ',"Seq":-1}'), 'Seq is not a number'],
    [CLOSE.replace(/\}$/, ',"Dropped":"1"}'), 'Dropped is not a number'],
    [CLOSE.replace(/\}$/, ',"Netns":"blue"}'), 'an object is missing'],
    [OPEN.replace(/\}$/, ',"Netns":{"Inode":1}}'), 'Name is missing'],
    [OPEN.replace(/\}$/, ',"Netns":{"Inode":-1,"Name":""}}'), 'Inode is not a number'],
    [CLOSE.replace(/\}$/, ',"Cause":5}'), 'Cause is missing or of a wrong type'],
    [CLOSE.replace(/\}$/, ',"Final":[]}'), 'an object is missing'],
    [CLOSE.replace(/\}$/, ',"Final":{"tcpi_rtt":4294967296}}'), 'Final contains a value that is not a counter'],
    [CLOSE.replace(/\}$/, ',"Final":{"tcpi_rtt":null}}'), 'Final contains a value that is not a counter'],
    [CLOSE.replace(/\}$/, ',"Final":{"tcpi_rtt":-1}}'), 'Final contains a value that is not a counter'],
  ])('refuses a line that is not an event: %s', (line, reason) => {
    expect(() => parseEvent(line)).toThrow(reason);
    expect(() => parseEvent(line)).toThrow(expect.objectContaining({ code: 'ERR_MALFORMED', op: 'parse' }));
  });

  it('that are truncated anywhere are rejected with a typed error', () => {
    for (let length = 0; length < OPEN.length; length++) {
      expect(() => parseEvent(OPEN.slice(0, length))).toThrow(expect.objectContaining({ code: 'ERR_MALFORMED' }));
    }
  });
});
