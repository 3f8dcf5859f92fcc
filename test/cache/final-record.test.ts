import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { finalRecord } from '../../cache/final-record.js';
import {
  decodeInetDiagMsg,
  INET_DIAG_CONG,
  INET_DIAG_INFO,
  INET_DIAG_MSG_SIZE,
  readCookie,
} from '../../inetdiag/index.js';
import { type ArchivedRecord, parseNetlinkMessage } from '../../parse/index.js';
import { TcpState } from '../../tcp/index.js';
import { capturedMessages } from '../support/fixtures.js';

const payload = fc.uint8Array({ maxLength: 8 });
const attributes = fc.array(fc.option(payload), { maxLength: 12 });
const header = fc.uint8Array({ minLength: INET_DIAG_MSG_SIZE, maxLength: INET_DIAG_MSG_SIZE });
const record: fc.Arbitrary<ArchivedRecord> = fc.record({
  timestamp: fc.constantFrom('2026-11-20T00:00:01Z', '2026-11-20T00:00:02Z'),
  rawIdm: header,
  attributes,
});

describe('finalRecord', () => {
  it('takes time, header and attributes from the event, and uid, inode and the rest from the scan', () => {
    fc.assert(
      fc.property(record, record, (event, seen) => {
        const final = finalRecord(event, seen);
        const { uid, inode } = decodeInetDiagMsg(seen.rawIdm ?? new Uint8Array());
        expect(final.timestamp).toBe(event.timestamp);
        expect(decodeInetDiagMsg(final.rawIdm ?? new Uint8Array())).toEqual({
          ...decodeInetDiagMsg(event.rawIdm ?? new Uint8Array()),
          uid,
          inode,
        });
        const [told, known] = [event.attributes ?? [], seen.attributes ?? []];
        expect(final.attributes).toHaveLength(Math.max(told.length, known.length));
        final.attributes?.forEach((each, type) => {
          expect(each).toEqual(told[type] ?? known[type] ?? null);
        });
      }),
    );
  });

  it('changes neither input', () => {
    fc.assert(
      fc.property(record, record, (event, seen) => {
        const before = structuredClone([event, seen]);
        finalRecord(event, seen);
        expect([event, seen]).toEqual(before);
      }),
    );
  });

  it('is the event when no scan saw the socket', () => {
    const event = { timestamp: '2026-11-20T00:00:01Z', rawIdm: new Uint8Array(72).fill(3), attributes: [null] };
    expect(finalRecord(event, { timestamp: '2026-11-20T00:00:00Z' })).toEqual(event);
  });

  const parse = (message: Buffer): ArchivedRecord => parseNetlinkMessage(message, '2026-11-20T00:00:00Z');
  const cookieOf = ({ rawIdm = new Uint8Array() }: ArchivedRecord): bigint => readCookie(rawIdm);
  const events = capturedMessages('6.18-destroy.bin').map(parse);
  const pairs = capturedMessages('6.18-dump.bin')
    .map(parse)
    .flatMap((seen) => events.filter((event) => cookieOf(event) === cookieOf(seen)).map((event) => ({ event, seen })));

  it('completes every captured event whose socket is in the captured dump', () => {
    expect(pairs.length).toBeGreaterThan(15);
    for (const { event, seen } of pairs) {
      const final = finalRecord(event, seen);
      const idm = decodeInetDiagMsg(final.rawIdm ?? new Uint8Array());
      const before = decodeInetDiagMsg(seen.rawIdm ?? new Uint8Array());
      expect(idm).toMatchObject({ state: TcpState.CLOSE, uid: before.uid, inode: before.inode });
      expect(final.attributes?.[INET_DIAG_INFO]).toBe(event.attributes?.[INET_DIAG_INFO]);
      expect(event.attributes?.[INET_DIAG_CONG]).toBeFalsy();
      expect(final.attributes?.[INET_DIAG_CONG]).toBe(seen.attributes?.[INET_DIAG_CONG] ?? null);
    }
  });
});
