import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observe, observeSnapshot } from '../../analysis/index.js';
import { DecodeError } from '../../netlink/index.js';
import { decodeSnapshot, RecordView } from '../../parse/snapshot/index.js';
import { goldenFiles, readRecords } from '../parse/snapshot/golden.js';
import { anyRecord } from '../parse/snapshot/records.js';
import { haveGolden } from '../support/golden.js';

describe('an observation', () => {
  it('is the same from a record in place and from its snapshot', () => {
    const view = new RecordView();
    fc.assert(
      fc.property(anyRecord, (record) => {
        try {
          view.load(record);
        } catch (error) {
          // A broken nested attribute; decodeSnapshot throws too.
          if (error instanceof DecodeError) return;
          throw error;
        }
        expect(observe(view)).toEqual(observeSnapshot(decodeSnapshot(record)));
      }),
      { numRuns: 1_000 },
    );
  });

  it('keeps no value of the previous record', () => {
    const view = new RecordView();
    fc.assert(
      fc.property(anyRecord, anyRecord, (one, other) => {
        fc.pre(isSound(one) && isSound(other));
        view.load(one);
        const reused = observe(view);
        view.load(other);
        expect(observe(view, reused)).toEqual(observe(view));
      }),
    );
  });

  function isSound(record: Parameters<RecordView['load']>[0]): boolean {
    try {
      new RecordView().load(record);
      return true;
    } catch (error) {
      if (error instanceof DecodeError) return false;
      throw error;
    }
  }

  const golden = haveGolden('observations of the reference’s archives');
  const archives = golden ? ['basic', 'mlab'].flatMap((folder) => goldenFiles(folder, '.jsonl.zst')) : [];
  it.runIf(golden).each(archives)('is the same from record and snapshot in %s', (archive) => {
    const view = new RecordView();
    for (const record of readRecords(archive)) {
      if (record.rawIdm === undefined) continue;
      view.load(record);
      expect(observe(view)).toEqual(observeSnapshot(decodeSnapshot(record)));
    }
  });
});
