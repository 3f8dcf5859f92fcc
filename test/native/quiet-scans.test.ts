import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { QUIET_FIGURES, type QuietBatch } from '../../native/binding.js';
import { readQuietScans } from '../../native/index.js';

const HEADER = join(import.meta.dirname, '../../native/src/table/batch.h');

/** A batch of two scans with two requests each. Every figure is a different number, counted from 1. */
const BATCH: QuietBatch = {
  kind: 'quiet',
  source: 3,
  pending: 5,
  scan: 41,
  count: 2,
  queryMethod: 1,
  requests: 2,
  timesNs: BigUint64Array.of(100n, 101n, 200n, 201n),
  figures: Float64Array.from({ length: 2 * (QUIET_FIGURES.length + 2) }, (_, index) => index + 1),
  tally: Uint32Array.of(6, 7, 8, 9),
};

describe('quiet scans', () => {
  it('have the same figures, in the same order, in TypeScript and in C++', () => {
    const [, fields = ''] = /struct QuietFigures \{([^}]+)\}/.exec(readFileSync(HEADER, 'utf8')) ?? [];
    const names = Array.from(fields.matchAll(/double (\w+);/g), ([, name = '']) =>
      name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    );
    expect(names).toEqual(QUIET_FIGURES);
  });

  it('are read one by one, each with its own figures', () => {
    expect(readQuietScans(BATCH)).toEqual([
      {
        scan: 41,
        startNs: 100n,
        endNs: 101n,
        durationNs: 1,
        intervalNs: 2,
        lateNs: 3,
        effectiveIntervalNs: 4,
        beatsMissed: 5,
        beatsHeld: 6,
        beatsSlowed: 7,
        beatsLimited: 8,
        seen: 9,
        requestNs: [10, 11],
        tally: Uint32Array.of(6, 7),
        pending: 6,
        queryMethod: 1,
        discarded: 0,
        unrelated: 0,
      },
      expect.objectContaining({
        scan: 42,
        startNs: 200n,
        durationNs: 12,
        seen: 20,
        requestNs: [21, 22],
        tally: Uint32Array.of(8, 9),
        pending: 5,
      }),
    ]);
  });
});
