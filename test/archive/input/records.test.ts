import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ArchiveInputError, readRecordBatches, readRecords } from '../../../archive/input/index.js';
import { changingLines } from '../../support/changing-lines.js';
import { sourceOf } from './sources.js';

describe('readRecordBatches', () => {
  it('reads records in place like records of their own, with the same problems, for any pieces', async () => {
    const pieceBytes = fc.oneof(fc.integer({ min: 1, max: 900 }), fc.constant(1 << 20));
    const maxLineBytes = fc.constantFrom(700, 1 << 20);
    await fc.assert(
      fc.asyncProperty(changingLines, pieceBytes, maxLineBytes, fc.boolean(), async (lines, bytes, most, isCut) => {
        const content = lines.join('\n') + (isCut ? '' : '\n');
        const found: unknown[] = [];
        const expected: unknown[] = [];
        const note = (to: unknown[], line: number, record: object): void => {
          to.push({ line, text: JSON.stringify({ timestamp: '', ...record, ...stampOf(record) }) });
        };
        const problem = (to: unknown[]) => (error: ArchiveInputError) => void to.push(error.message);
        const options = { maxLineBytes: most, onProblem: problem(found) };
        for await (const batch of readRecordBatches(sourceOf(content, bytes), options)) {
          for (let record = batch.next(); record !== undefined; record = batch.next()) note(found, batch.line, record);
        }
        const plain = { maxLineBytes: most, onProblem: problem(expected) };
        for await (const { line, record } of readRecords(sourceOf(content, bytes), plain)) note(expected, line, record);
        expect(found).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});

/** Returns the timestamp, which a record in place does not have as a property of its own. */
function stampOf(record: object): { timestamp?: unknown } {
  return 'timestamp' in record ? { timestamp: record.timestamp } : {};
}
