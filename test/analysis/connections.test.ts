import { describe, expect, it } from 'vitest';
import { type ConnectionRow, Connections } from '../../analysis/index.js';
import type { Metadata } from '../../parse/index.js';
import { RecordView } from '../../parse/snapshot/index.js';
import { goldenFiles, readRecords } from '../parse/snapshot/golden.js';
import { haveGolden } from '../support/golden.js';

const START = '2026-11-20T23:28:03Z';

function metadata(uuid: string, sequence: number): Metadata {
  return { uuid, sequence, startTime: START, netns: { inode: 7, name: 'blue' } };
}

/** A record view without attributes: AF_INET, ESTABLISHED, 192.0.2.1 port 443 to 198.51.100.2 port 5000. */
function at(second: number, state = 1): RecordView {
  const rawIdm = new Uint8Array(72);
  rawIdm.set([2, state, 0, 0, 0x01, 0xbb, 0x13, 0x88, 192, 0, 2, 1]);
  rawIdm.set([198, 51, 100, 2], 24);
  const view = new RecordView();
  view.load({ timestamp: `2026-11-20T23:28:0${second}Z`, rawIdm });
  return view;
}

function collect(use: (connections: Connections) => void, maxWaiting?: number): ConnectionRow[] {
  const rows: ConnectionRow[] = [];
  const connections = new Connections((row) => rows.push(row), maxWaiting);
  use(connections);
  connections.end();
  return rows;
}

describe('rows of connections', () => {
  it('continue over all files of one connection, intervals included', () => {
    const rows = collect((connections) => {
      connections.begin(metadata('a', 0));
      expect(connections.add(at(1)).intervalUs).toBeNull();
      connections.begin(metadata('a', 1));
      expect(connections.add(at(3)).intervalUs).toBe(2_000_000);
      connections.begin(metadata('b', 0));
      expect(connections.add(at(4)).intervalUs).toBeNull();
    });
    expect(rows.map(({ uuid, snapshots, durationUs }) => [uuid, snapshots, durationUs])).toEqual([
      ['a', 2, 2_000_000],
      ['b', 1, 0],
    ]);
    expect(rows[0]).toMatchObject({
      netnsInode: 7,
      netnsName: 'blue',
      family: 2,
      localAddress: '192.0.2.1',
      localPort: 443,
      remoteAddress: '198.51.100.2',
      remotePort: 5000,
      bytesSent: null,
      howEnded: 'open',
    });
  });

  it('start again when a file has no metadata or does not continue the sequence', () => {
    const rows = collect((connections) => {
      for (const sequence of [0, 0]) {
        connections.begin(metadata('a', sequence));
        connections.add(at(1));
      }
      for (let i = 0; i < 2; i++) {
        connections.begin(undefined);
        connections.add(at(2));
      }
    });
    expect(rows.map(({ uuid }) => uuid).toSorted()).toEqual(['a', 'a', null, null]);
  });

  it('merge files of one connection that are interleaved with others, as in a tar', () => {
    const rows = collect((connections) => {
      for (const sequence of [0, 1]) {
        for (const uuid of ['a', 'b', 'c']) {
          connections.begin(metadata(uuid, sequence));
          expect(connections.add(at(1 + 2 * sequence)).intervalUs).toBe(sequence === 0 ? null : 2_000_000);
        }
      }
    });
    expect(rows.map(({ uuid, snapshots }) => [uuid, snapshots])).toEqual([
      ['a', 2],
      ['b', 2],
      ['c', 2],
    ]);
  });

  it('are emitted when the end is recorded, or when too many other connections wait', () => {
    const told: (string | null)[][] = [];
    const rows: ConnectionRow[] = [];
    const connections = new Connections((row) => rows.push(row), 2);
    const add = (uuid: string, state: number): void => {
      connections.begin(metadata(uuid, 0));
      connections.add(at(1, state));
      told.push(rows.map(({ uuid }) => uuid));
    };
    for (const uuid of ['a', 'b']) add(uuid, 1);
    add('over', 7);
    for (const uuid of ['c', 'd', 'e']) add(uuid, 1);
    expect(told).toEqual([[], [], [], ['over'], ['over', 'a'], ['over', 'a', 'b']]);
    expect(connections.endNext()).toBe(true);
    connections.end();
    expect(rows.map(({ uuid }) => uuid)).toEqual(['over', 'a', 'b', 'c', 'd', 'e']);
    expect(connections.endNext()).toBe(false);
  });

  it('are not made for a connection without a snapshot', () => {
    expect(collect((connections) => connections.begin(metadata('a', 0)))).toEqual([]);
  });

  const golden = haveGolden('connections of the reference’s archives');
  const archives = golden ? ['basic', 'mlab', 'rotation'].flatMap((folder) => goldenFiles(folder, '.jsonl.zst')) : [];
  it.runIf(golden).each(archives)('have plausible values for %s', (archive) => {
    const rows = collect((connections) => {
      const view = new RecordView();
      for (const record of readRecords(archive)) {
        if (record.metadata !== undefined) connections.begin(record.metadata);
        if (record.rawIdm === undefined) continue;
        view.load(record);
        connections.add(view);
      }
    });
    expect(rows).toHaveLength(1);
    const [row] = rows;
    const known = Object.values(row?.limitedUs ?? {}).reduce((sum, us) => sum + us, 0);
    expect(known).toBeLessThanOrEqual(row?.durationUs ?? 0);
    for (const value of Object.values(row ?? {})) {
      if (typeof value === 'number') expect(Number.isFinite(value) && value >= 0).toBe(true);
    }
  });
});
