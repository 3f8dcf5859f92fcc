import { describe, expect, it } from 'vitest';
import { TCP_INFO, TCP_INFO_7_0, TCP_INFO_SIZE_TO_KERNEL } from '../../tcp/index.js';
import { btfLayouts, hasBtf, hasCompiler, headerLayout, headerSizes, placeOf, uncovered } from './kernel-layout.js';

/** Bits 3 to 7 of byte 7, where the kernel's struct has no member. */
const HOLE = [59, 60, 61, 62, 63];

/** Returns the table for a struct: 7.0 changed the last word but not the size. */
function tableFor(hasEcnMode: boolean): typeof TCP_INFO {
  return hasEcnMode ? TCP_INFO_7_0 : TCP_INFO;
}

describe.skipIf(!hasCompiler('tcp_info against linux/tcp.h'))('tcp_info table and linux/tcp.h', () => {
  it('have each member where the compiler places it', () => {
    const { sizes, version } = headerSizes(['struct tcp_info']);
    const size = sizes.get('struct tcp_info') ?? 0;
    const table = tableFor(version >= 7 << 16);
    const layout = headerLayout(table, size);
    expect(layout.members.size).toBeGreaterThan(50);
    for (const field of table.fields) {
      const place = layout.members.get(field.cName);
      // A member missing in the headers must lie after the end of their struct.
      if (place === undefined) expect(field.offset, field.cName).toBeGreaterThanOrEqual(size);
      else expect(place, field.cName).toEqual(placeOf(field));
    }
    expect(uncovered(table.fields, size)).toEqual(HOLE);
  });

  it('have the size of a known kernel', () => {
    const size = headerSizes(['struct tcp_info']).sizes.get('struct tcp_info') ?? 0;
    if (size <= TCP_INFO.size) expect([...TCP_INFO_SIZE_TO_KERNEL.keys()]).toContain(size);
  });
});

describe.skipIf(!hasBtf('tcp_info against the running kernel'))('tcp_info table and running kernel', () => {
  it('have the same members at the same positions', () => {
    const layout = btfLayouts(['tcp_info']).get('tcp_info');
    if (layout === undefined) throw new Error('BTF without tcp_info');
    const table = tableFor(layout.members.has('tcpi_ecn_mode'));
    const ours = table.fields.filter((field) => field.offset + field.size <= layout.size);
    expect(new Map(ours.map((field) => [field.cName, placeOf(field)]))).toEqual(layout.members);
  });
});

describe('the tables of struct tcp_info', () => {
  it.each([TCP_INFO, TCP_INFO_7_0])('cover the struct without a gap', (table) => {
    expect(uncovered(table.fields, table.size)).toEqual(HOLE);
  });

  it('place fields of later kernels after earlier ones', () => {
    const sizes = [...TCP_INFO_SIZE_TO_KERNEL];
    for (const field of TCP_INFO.fields.filter((candidate) => candidate.bits === undefined)) {
      const end = field.offset + field.size;
      const [, kernel] = sizes.find(([size]) => size >= end) ?? [];
      const first = field.since === '2.4' ? '2.6' : field.since;
      expect(kernel?.first, field.cName).toBe(first);
    }
  });
});
