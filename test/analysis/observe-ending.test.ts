import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyMoment, newObservation, observe, observeEnding } from '../../analysis/index.js';
import { parseNetlinkMessage } from '../../parse/index.js';
import { RecordView } from '../../parse/snapshot/index.js';
import { buildMessage } from '../support/messages.js';

const TIME = '2026-11-21T00:00:01Z';

describe('observeEnding', () => {
  it('reads the same values as observe from any record', () => {
    const view = new RecordView();
    const moment = emptyMoment();
    // Counters within the safe integer range, as every real one is.
    const payload = fc.uint8Array({ minLength: 280, maxLength: 280 }).map((bytes) => {
      for (const at of [120, 128, 200, 208]) bytes.fill(0, at + 6, at + 8);
      return bytes;
    });
    const lengths = fc.constantFrom(104, 136, 144, 168, 200, 224, 280);
    fc.assert(
      fc.property(
        payload,
        lengths,
        fc.option(fc.nat({ max: 3 })),
        fc.nat({ max: 12 }),
        (bytes, length, shut, state) => {
          const attributes = [{ type: 2, payload: bytes.subarray(0, length) }];
          if (shut !== null) attributes.push({ type: 8, payload: Uint8Array.of(shut) });
          const record = parseNetlinkMessage(buildMessage({ state, attributes }), TIME);
          view.load(record);
          expect(observe(view, newObservation())).toMatchObject(observeEnding(record, moment));
        },
      ),
    );
  });

  it('leaves every value unknown for a record without tcp_info', () => {
    const record = parseNetlinkMessage(buildMessage({ state: 5 }), TIME);
    expect(observeEnding(record, emptyMoment())).toMatchObject({ hasInfo: false, state: 5, bytesSent: null });
  });
});
