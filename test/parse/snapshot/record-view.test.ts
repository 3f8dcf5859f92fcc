import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DecodeError } from '../../../netlink/index.js';
import { type ArchivedRecord, decodeRecord, RecordReader } from '../../../parse/index.js';
import { RecordView } from '../../../parse/snapshot/index.js';
import { changingLines } from '../../support/changing-lines.js';

/** Returns everything that a view shows of a record, or the error. */
function outcome(view: RecordView, read: () => ArchivedRecord): unknown {
  try {
    view.load(read());
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { message: error.message };
  }
  // Bytes beyond a payload are left from earlier records.
  const { data, lengths, timestamp, timeNs, timeUs, source, destination, cookie, congestionAlgorithm, ulp } = view;
  const payloads = [...(view.record.attributes ?? [])].map((_, number) => view.payload(number));
  return {
    rawIdm: Buffer.from(data.buffer, 0, 72).toString('hex'),
    lengths: [...lengths],
    payloads: payloads.map((payload) => payload && Buffer.from(payload).toString('hex')),
    ...{ timestamp, timeNs, timeUs, source, destination, cookie, congestionAlgorithm, ulp },
  };
}

it('shows records in place, which load only what changed, like decoded ones', () => {
  let inPlace = 0;
  fc.assert(
    fc.property(changingLines, fc.func(fc.boolean()), (lines, isSkipped) => {
      const reader = new RecordReader();
      const view = new RecordView();
      for (const [i, line] of lines.entries()) {
        const bytes = Buffer.from(`${line}\n`);
        if (i % 5 === 4 && isSkipped(i)) {
          // A record that this view does not load.
          try {
            reader.read(bytes, 0, bytes.length - 1);
          } catch (error) {
            if (!(error instanceof DecodeError)) throw error;
          }
          continue;
        }
        const expected = outcome(new RecordView(), () => decodeRecord(line));
        const found = outcome(view, () => {
          if (reader.readNext(bytes, 0) !== bytes.length - 1) return reader.read(bytes, 0, bytes.length - 1);
          inPlace++;
          return reader.record;
        });
        expect(found).toEqual(expected);
      }
    }),
    { numRuns: 1000 },
  );
  // Most lines differ from the one before in a few bytes only.
  expect(inPlace).toBeGreaterThan(1000);
});
