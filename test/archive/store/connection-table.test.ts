import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CLOSED_FIRST,
  type ConnectionRow,
  ENDING_UNKNOWN,
  HOW_ENDED,
  LIMIT_EVIDENCE,
  LIMITED_BY,
} from '../../../analysis/index.js';
import { ConnectionTable } from '../../../archive/store/connection-table.js';
import { connectionRow } from '../../cmd/summary/rows.js';

const count = fc.option(fc.oneof(fc.nat(300), fc.nat(), fc.maxSafeNat()));
const oneOf = <T>(values: readonly T[]): fc.Arbitrary<T | null> => fc.option(fc.constantFrom(...values));
const counters = fc.record({
  bytesSent: count,
  bytesAcked: count,
  bytesReceived: count,
  bytesRetrans: count,
  totalRetrans: count,
  dataSegsOut: count,
  dataSegsIn: count,
});

/** Arbitrary rows: values that differ much from one to the next. */
const anyRow: fc.Arbitrary<ConnectionRow> = fc
  .record({
    counters,
    recorded: fc.option(counters),
    uuid: fc.option(fc.stringMatching(/^h_[12]_[0-9A-F]{16}$/)),
    netnsInode: count,
    netnsName: oneOf(['blue', 'red']),
    process: fc.constantFrom(undefined, { pid: 812, command: 'nginx' }, { unit: 'a.service' }),
    local: fc.tuple(fc.ipV4(), fc.nat(65_535)),
    remote: fc.tuple(fc.ipV6(), fc.nat(65_535)),
    durationUs: count,
    medianRttUs: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 })),
    hasPeerFin: fc.boolean(),
    limitedUs: fc.array(fc.nat(), { minLength: LIMITED_BY.length, maxLength: LIMITED_BY.length }),
    limitedBy: oneOf(LIMITED_BY),
    limitedByEvidence: oneOf(LIMIT_EVIDENCE),
    closedFirst: fc.constantFrom(...CLOSED_FIRST),
    howEnded: fc.constantFrom(...HOW_ENDED),
    endingUnknownBecause: oneOf(ENDING_UNKNOWN),
  })
  .map(({ counters: totals, recorded, local, remote, limitedUs, process, ...fields }) =>
    connectionRow({
      ...fields,
      ...(process === undefined ? {} : { process }),
      ...totals,
      ...(recorded === null ? {} : { recorded }),
      localAddress: local[0],
      localPort: local[1],
      remoteAddress: remote[0],
      remotePort: remote[1],
      limitedUs: {
        ...connectionRow({}).limitedUs,
        ...Object.fromEntries(LIMITED_BY.map((by, i) => [by, limitedUs[i]])),
      },
    }),
  );

describe('a table of connections', () => {
  it('keeps rows as they are', () => {
    fc.assert(
      fc.property(fc.array(anyRow, { minLength: 1, maxLength: 20 }), (rows) => {
        const table = new ConnectionTable();
        for (const [index, row] of rows.entries()) expect(table.add(row)).toBe(index);
        table.trim();
        expect(table.length).toBe(rows.length);
        for (const [index, row] of rows.entries()) {
          expect({ ...table.row(index) }).toEqual(row);
          const { uuid, netnsInode, netnsName, family, localAddress, localPort, remoteAddress, remotePort } = row;
          expect({ ...table.identity(index) }).toEqual({
            ...{ uuid, netnsInode, netnsName, family },
            ...{ localAddress, localPort, remoteAddress, remotePort },
          });
        }
      }),
      { numRuns: 100 },
    );
  });

  it('shows an identity beside the row of another connection', () => {
    const table = new ConnectionTable();
    table.add(connectionRow({ localPort: 1 }));
    table.add(connectionRow({ localPort: 2 }));
    const [identity, row] = [table.identity(0), table.row(1)];
    expect([identity.localPort, row.localPort]).toEqual([1, 2]);
  });
});
