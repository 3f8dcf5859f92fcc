import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CsvtoolChoice,
  CsvWriter,
  openCsvtoolTable,
  REFERENCE_COLUMNS,
  SNAPSHOT_COLUMNS,
} from '../../export/index.js';
import { DecodeError } from '../../netlink/index.js';
import { type ArchivedRecord, ZERO_TIMESTAMP } from '../../parse/index.js';
import { anyRecord } from '../parse/snapshot/records.js';

const metadata = { uuid: 'h_1_000000000000BE33', sequence: 3, startTime: '2026-11-20T23:28:03Z' };
const META: ArchivedRecord = { timestamp: ZERO_TIMESTAMP, metadata };

/** Returns header and rows as cells; only random values need quotes here. */
function table(choice: CsvtoolChoice, ...records: readonly ArchivedRecord[]): string[] {
  const out = new CsvWriter();
  const open = openCsvtoolTable(choice);
  open.writeHeader(out);
  open.begin();
  for (const record of records) open.writeRow(record, out);
  return out.take().toString('latin1').trimEnd().split('\n');
}

const rawIdm = new Uint8Array(72);
rawIdm.set([10, 1, 0, 0, 0, 80, 0, 81, 0x20, 0x01, 0x0d, 0xb8]);
rawIdm[40] = 2;
const info = new Uint8Array(280);
info[6] = 0x97;
info.fill(0xff, 148, 152); // no sample of min_rtt
info[232] = 9; // rcv_wnd
const RECORD: ArchivedRecord = { timestamp: '2026-11-20T23:28:03Z', rawIdm, attributes: [null, null, info] };

/** Returns a row by the header's names. */
function byName([header = '', ...rows]: readonly string[], at: number): Map<string, string | undefined> {
  const cells = rows[at]?.split(',');
  return new Map(header.split(',').map((name, i) => [name, cells?.[i]]));
}

describe('openCsvtoolTable', () => {
  it("appends newer columns to the reference's, which stay unchanged", () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        let plain: string[];
        let all: string[];
        try {
          all = table({ all: true, clean: false }, META, record);
          plain = table({ all: false, clean: false }, META, record);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
          return;
        }
        // A name may contain a newline, within quotes.
        fc.pre(!all.join('').includes('"'));
        expect(all).toHaveLength(plain.length);
        for (const [i, line] of plain.entries()) expect(all[i]?.startsWith(`${line},`)).toBe(true);
      }),
    );
  });

  it('has every column that the reference lacks, and the UUID', () => {
    const lines = table({ all: true, clean: false }, META, RECORD);
    const names = (lines[0] ?? '').split(',');
    const newer = names.slice(REFERENCE_COLUMNS.length);
    for (const name of [
      'uuid',
      'tcpi_rcv_wnd',
      'tcpi_snd_wscale',
      'idiag_src',
      'cgroup_id',
      'ulp',
      'state',
      'class_id',
    ]) {
      expect(newer).toContain(name);
    }
    for (const name of ['tcpi_rtt', 'timestamp', 'idiag_sport', 'bbr_bw', 'skmem_sndbuf', 'mark']) {
      expect(newer).not.toContain(name);
    }
    expect(new Set(newer).size).toBe(newer.length);
    const row = byName(lines, 1);
    expect(row.get('idiag_src')).toBe('2001:db8::');
    expect(row.get('IDM.SockID.Src')).toBe('32.1.13.184');
    expect(row.get('tcpi_rcv_wnd')).toBe('9');
    expect(row.get('uuid')).toBe(metadata.uuid);
    const ofMetadata = byName(lines, 0);
    expect(ofMetadata.get('uuid')).toBe(metadata.uuid);
    expect([...ofMetadata.values()].slice(REFERENCE_COLUMNS.length - 1).filter((cell) => cell !== '')).toEqual([
      metadata.uuid,
      '3',
    ]);
  });

  it("corrects the reference's errors in clean mode", () => {
    const lines = table({ all: false, clean: true }, META, RECORD);
    expect(lines).toHaveLength(2); // no row for the metadata line
    const names = (lines[0] ?? '').split(',');
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(REFERENCE_COLUMNS.length - 1);
    const reference: readonly string[] = REFERENCE_COLUMNS.map(({ name }) => name);
    expect(names.filter((name) => !reference.includes(name))).toEqual([
      'TCP.SndWScale',
      'TCP.RcvWScale',
      'TCP.LastAckRecv',
      'SKMemInfo.Sndbuf',
    ]);
    expect(reference.filter((name) => !names.includes(name))).toEqual([
      'Observed',
      'NotFullyParsed',
      'TCP.WScale',
      'SKMemInfo.Sndbug',
    ]);
    const row = byName(lines, 0);
    expect(row.get('IDM.SockID.Src')).toBe('2001:db8::');
    expect(row.get('IDM.SockID.Interface')).toBe('2');
    expect(row.get('TCP.SndWScale')).toBe('7');
    expect(row.get('TCP.RcvWScale')).toBe('9');
    expect(row.get('TCP.MinRTT')).toBe('');
    expect(row.get('TOS')).toBe('');
  });

  it('has each column once in clean mode with all columns', () => {
    const names = (table({ all: true, clean: true })[0] ?? '').split(',');
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(SNAPSHOT_COLUMNS.length);
  });
});
