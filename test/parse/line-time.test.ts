import fc from 'fast-check';
import { expect, it } from 'vitest';
import { timestampToNs } from '../../parse/index.js';
import { LineTime } from '../../parse/line-time.js';

const two = (most: number) => fc.integer({ min: 0, max: most }).map((value) => String(value).padStart(2, '0'));
/** Timestamps in few minutes, valid and not. */
const timestamp = fc
  .tuple(
    fc.constantFrom(
      '2026-11-20T23:28:',
      '2026-02-29T23:28:',
      '2024-02-29T00:00:',
      '1699-12-31T23:59:',
      '2262-04-12T00:00:',
    ),
    two(61),
    fc.constantFrom('', '.', '.0', '.5', '.50', '.123456789', '.1234567891', '.x'),
    fc.constantFrom('Z', 'Z', 'Z', 'z', '+01:00', ''),
  )
  .map((parts) => parts.join(''));

it('reads timestamps one after another like timestampToNs', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(timestamp, fc.string({ maxLength: 30 })), { minLength: 1, maxLength: 8 }),
      (texts) => {
        const time = new LineTime();
        for (const text of texts) {
          const bytes = Buffer.from(`"${text}"`, 'latin1');
          const ns = timestampToNs(bytes.toString('latin1', 1, bytes.length - 1));
          expect(time.read(bytes, 1, bytes.length - 1)).toBe(ns !== undefined);
          if (ns === undefined) continue;
          expect(time.text).toBe(text);
          if (Number.isNaN(time.us)) expect(time.isCanonical).toBe(false);
          else expect(BigInt(time.us) * 1000n + BigInt(time.restNs)).toBe(ns);
          if (time.isCanonical) expect(text).toMatch(/^[^.]{19}(\.\d{0,8}[1-9])?Z$/);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

it('knows the microseconds of a line as collectors write it, in the same minute and in another', () => {
  const time = new LineTime();
  for (const text of ['2026-11-20T23:28:03.450377228Z', '2026-11-20T23:28:04Z', '2026-11-20T23:29:00.1Z']) {
    expect(time.read(Buffer.from(text), 0, text.length)).toBe(true);
    expect(time.us).toBe(Math.floor(Number(timestampToNs(text)) / 1000));
    expect(time.isCanonical).toBe(true);
  }
});
