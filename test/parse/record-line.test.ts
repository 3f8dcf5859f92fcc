import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../netlink/index.js';
import {
  type ArchivedRecord,
  decodeRecord,
  encodeRecord,
  lineBound,
  quoteGoString,
  writeRecord,
  ZERO_TIMESTAMP,
} from '../../parse/index.js';
import { goldenFiles, haveGolden, unzstd } from '../support/golden.js';
import { havePrograms } from '../support/programs.js';

describe('encodeRecord', () => {
  it("writes the reference's edge cases like the reference", () => {
    expect(encodeRecord({ timestamp: ZERO_TIMESTAMP })).toBe('{"Timestamp":"0001-01-01T00:00:00Z"}\n');
    const attributes = [null, new Uint8Array(), Uint8Array.of(0), Uint8Array.of(0xfb, 0xff, 0xfe)];
    expect(encodeRecord({ timestamp: ZERO_TIMESTAMP, rawIdm: new Uint8Array(), attributes })).toBe(
      '{"Timestamp":"0001-01-01T00:00:00Z","Attributes":[null,"","AA==","+//+"]}\n',
    );
    expect(encodeRecord({ timestamp: ZERO_TIMESTAMP, attributes: [] })).toBe('{"Timestamp":"0001-01-01T00:00:00Z"}\n');
  });

  it('writes the metadata line', () => {
    const metadata = { uuid: 'h<1>&_00', sequence: 7, startTime: '2026-11-20T23:28:03.45Z' };
    expect(encodeRecord({ timestamp: ZERO_TIMESTAMP, metadata })).toBe(
      '{"Timestamp":"0001-01-01T00:00:00Z","Metadata":{"UUID":"h\\u003c1\\u003e\\u0026_00","Sequence":7,' +
        '"StartTime":"2026-11-20T23:28:03.45Z"}}\n',
    );
  });

  it('writes provenance last, if a record has it', () => {
    const timestamp = '2026-11-20T23:28:03.45Z';
    const provenance = { scan: 12, unchangedUntil: '2026-11-20T23:28:03.44Z', reason: 'StateOrCounterChange' };
    expect(encodeRecord({ provenance, timestamp, attributes: [null] })).toBe(
      `{"Timestamp":"${timestamp}","Attributes":[null],"Provenance":{"Scan":12,` +
        '"UnchangedUntil":"2026-11-20T23:28:03.44Z","Reason":"StateOrCounterChange"}}\n',
    );
    expect(encodeRecord({ timestamp, provenance: { scan: 1, reason: 'PreviousWasNil' } })).toBe(
      `{"Timestamp":"${timestamp}","Provenance":{"Scan":1,"Reason":"PreviousWasNil"}}\n`,
    );
    const made = { schema: 1, kernel: '6.18.44', intervalNs: 10_000_000, host: 'h<1>', firstSeen: 'destroy' };
    const metadata = { uuid: 'u', sequence: 0, startTime: timestamp, provenance: made };
    expect(encodeRecord({ timestamp: ZERO_TIMESTAMP, metadata })).toBe(
      `{"Timestamp":"0001-01-01T00:00:00Z","Metadata":{"UUID":"u","Sequence":0,"StartTime":"${timestamp}",` +
        '"Provenance":{"Schema":1,"Kernel":"6.18.44","IntervalNs":10000000,"Host":"h\\u003c1\\u003e",' +
        '"FirstSeen":"destroy"}}}\n',
    );
  });

  it("writes another network namespace after the reference's fields, before provenance", () => {
    const startTime = '2026-11-20T23:28:03.45Z';
    const made = { schema: 1, kernel: '6', intervalNs: 1, host: 'h', firstSeen: 'scan' };
    const metadata = { uuid: 'u', sequence: 0, startTime, netns: { inode: 4_026_532_177, name: 'b<l>ue' } };
    const line =
      `{"Timestamp":"0001-01-01T00:00:00Z","Metadata":{"UUID":"u","Sequence":0,"StartTime":"${startTime}",` +
      '"Netns":{"Inode":4026532177,"Name":"b\\u003cl\\u003eue"}';
    expect(encodeRecord({ timestamp: ZERO_TIMESTAMP, metadata })).toBe(`${line}}}\n`);
    expect(encodeRecord({ timestamp: ZERO_TIMESTAMP, metadata: { ...metadata, provenance: made } })).toContain(
      `${line},"Provenance":`,
    );
  });

  it('writes a process between the network namespace and provenance, and only what is known of it', () => {
    const startTime = '2026-11-20T23:28:03.45Z';
    const metadata = { uuid: 'u', sequence: 0, startTime, netns: { inode: 1, name: 'n' } };
    const process = { pid: 7, command: '\u001b[31m<a>', unit: 'a.service', container: 'c0ffee', pod: 'shop/web' };
    const provenance = { schema: 1, kernel: '6', intervalNs: 1, host: 'h', firstSeen: 'scan' };
    expect(encodeRecord({ timestamp: ZERO_TIMESTAMP, metadata: { ...metadata, process, provenance } })).toContain(
      '"Netns":{"Inode":1,"Name":"n"},"Process":{"Pid":7,"Command":"\\u001b[31m\\u003ca\\u003e","Unit":"a.service",' +
        '"Container":"c0ffee","Pod":"shop/web"},"Provenance":',
    );
    expect(
      encodeRecord({ timestamp: ZERO_TIMESTAMP, metadata: { ...metadata, process: { unit: 'a.service' } } }),
    ).toContain('"Process":{"Unit":"a.service"}}}\n');
    const line = '{"Metadata":{"UUID":"u","Process":{"Pid":7,"Command":null,"New":1}}}';
    expect(decodeRecord(line).metadata?.process).toEqual({ pid: 7 });
  });

  it('is reversed by decodeRecord', () => {
    const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array));
    const made = fc.record({
      schema: fc.nat(),
      kernel: fc.string(),
      intervalNs: fc.maxSafeNat(),
      host: fc.string(),
      firstSeen: fc.constantFrom('scan', 'destroy'),
    });
    const record = fc.record(
      {
        timestamp: fc.constantFrom(ZERO_TIMESTAMP, '2019-04-01T07:42:37.37-04:00', '2026-11-20T23:28:03Z'),
        rawIdm: fc.uint8Array({ minLength: 1, maxLength: 80 }).map((array) => Buffer.from(array)),
        attributes: fc.array(fc.option(bytes), { minLength: 1, maxLength: 25 }),
        metadata: fc.record(
          {
            uuid: fc.string(),
            sequence: fc.nat(),
            startTime: fc.constant('2026-11-20T23:28:03Z'),
            netns: fc.record({ inode: fc.nat(), name: fc.string() }),
            process: fc.record(
              { pid: fc.nat(), command: fc.string(), unit: fc.string(), container: fc.string(), pod: fc.string() },
              { requiredKeys: [] },
            ),
            provenance: made,
          },
          { requiredKeys: ['uuid', 'sequence', 'startTime'] },
        ),
        provenance: fc.record(
          { scan: fc.maxSafeNat(), unchangedUntil: fc.constant('2026-11-20T23:28:02.5Z'), reason: fc.string() },
          { requiredKeys: ['scan', 'reason'] },
        ),
      },
      { requiredKeys: ['timestamp'] },
    ) as fc.Arbitrary<ArchivedRecord>;
    fc.assert(
      fc.property(record, (value) => {
        expect(decodeRecord(encodeRecord(value))).toEqual(value);
        const line = Buffer.alloc(lineBound(value) + 5);
        const end = writeRecord(value, line, 5);
        expect(line.toString('utf8', 5, end)).toBe(encodeRecord(value));
        expect(end).toBeLessThanOrEqual(line.length);
      }),
    );
  });
});

describe('quoteGoString', () => {
  it.each([
    ['a"b\\c', '"a\\"b\\\\c"'],
    ['<&>', '"\\u003c\\u0026\\u003e"'],
    ['\n\r\t\b\f\u0001\u007f', '"\\n\\r\\t\\u0008\\u000c\\u0001\u007f"'],
    ['\u2028\u2029é', '"\\u2028\\u2029é"'],
    ['\ud800', '"\\ufffd"'],
    ['\\b\\u2028', '"\\\\b\\\\u2028"'],
  ])('quotes %j like Go', (text, quoted) => {
    expect(quoteGoString(text)).toBe(quoted);
  });

  it('is JSON of the same text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(JSON.parse(quoteGoString(text))).toBe(text);
      }),
    );
  });
});

describe('decodeRecord', () => {
  it.each([
    ['', 'ERR_JSON'],
    ['{', 'ERR_JSON'],
    ['[]', 'ERR_RECORD'],
    ['null', 'ERR_RECORD'],
    ['{"Timestamp":5}', 'ERR_RECORD'],
    ['{"Timestamp":"yesterday"}', 'ERR_RECORD'],
    ['{"RawIDM":"AA="}', 'ERR_RECORD'],
    ['{"RawIDM":"A_=="}', 'ERR_RECORD'],
    ['{"RawIDM":"AA==AA=="}', 'ERR_RECORD'],
    ['{"RawIDM":7}', 'ERR_RECORD'],
    ['{"Attributes":{}}', 'ERR_RECORD'],
    ['{"Attributes":["!!!!"]}', 'ERR_RECORD'],
    ['{"Metadata":[]}', 'ERR_RECORD'],
    ['{"Metadata":{"UUID":1}}', 'ERR_RECORD'],
    ['{"Metadata":{"Sequence":1.5}}', 'ERR_RECORD'],
    ['{"Metadata":{"Netns":"blue"}}', 'ERR_RECORD'],
    ['{"Metadata":{"Netns":{"Inode":"1","Name":"blue"}}}', 'ERR_RECORD'],
    ['{"Metadata":{"Netns":{"Inode":1}}}', 'ERR_RECORD'],
    ['{"Metadata":{"Process":[]}}', 'ERR_RECORD'],
    ['{"Metadata":{"Process":{"Pid":"7"}}}', 'ERR_RECORD'],
    ['{"Metadata":{"Process":{"Unit":7}}}', 'ERR_RECORD'],
    ['{"Metadata":{"Provenance":{}}}', 'ERR_RECORD'],
    ['{"Provenance":"here"}', 'ERR_RECORD'],
    ['{"Provenance":{"Scan":"1","Reason":"Other"}}', 'ERR_RECORD'],
    ['{"Provenance":{"Scan":1,"Reason":9}}', 'ERR_RECORD'],
    ['{"Provenance":{"Scan":1,"Reason":"Other","UnchangedUntil":"now"}}', 'ERR_RECORD'],
  ])('rejects %s', (line, code) => {
    expect(() => decodeRecord(line)).toThrow(expect.objectContaining({ name: 'DecodeError', code }));
  });

  it('ignores unknown keys and nulls', () => {
    expect(decodeRecord('{"Timestamp":"2026-11-20T23:28:03Z","RawIDM":null,"Attributes":null,"New":1}')).toEqual({
      timestamp: '2026-11-20T23:28:03Z',
    });
  });

  it('returns a record or throws DecodeError for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        try {
          decodeRecord(line);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

const HAVE_ARCHIVES =
  haveGolden('archives read and written again') && havePrograms('archives read and written again', 'zstd');

describe.skipIf(!HAVE_ARCHIVES)('reference archives', () => {
  it('are byte-identical after reading and writing', () => {
    const files = goldenFiles('.jsonl.zst');
    expect(files.length).toBeGreaterThan(40);
    let lines = 0;
    for (const file of files) {
      const text = unzstd(file).toString('utf8');
      for (const line of text.split(/(?<=\n)/)) {
        expect(encodeRecord(decodeRecord(line))).toBe(line);
        lines++;
      }
    }
    expect(lines).toBeGreaterThan(3000);
  });
});
