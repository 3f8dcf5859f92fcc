import { describe, expect, it } from 'vitest';
import { TCP_INFO, TCP_INFO_7_0, TCP_INFO_SIZE_TO_KERNEL } from '../../tcp/index.js';
import { btfLayouts, hasBtf, hasCompiler, headerLayout, headerSizes, placeOf, uncovered } from './kernel-layout.js';

/** Bits 3 to 7 of byte 7: the kernel's struct has no member there. */
const HOLE = [59, 60, 61, 62, 63];

/** The table that fits a struct: 7.0 changed the last word but not the size. */
function tableFor(hasEcnMode: boolean): typeof TCP_INFO {
  return hasEcnMode ? TCP_INFO_7_0 : TCP_INFO;
}

describe.skipIf(!hasCompiler('tcp_info against linux/tcp.h'))('struct tcp_info and linux/tcp.h', () => {
  it('lie member by member where the compiler puts them', () => {
    const { sizes, version } = headerSizes(['struct tcp_info']);
    const size = sizes.get('struct tcp_info') ?? 0;
    const table = tableFor(version >= 7 << 16);
    const layout = headerLayout(table, size);
    expect(layout.members.size).toBeGreaterThan(50);
    for (const field of table.fields) {
      const place = layout.members.get(field.cName);
      // A member that the headers lack is one that lies behind their struct.
      if (place === undefined) expect(field.offset, field.cName).toBeGreaterThanOrEqual(size);
      else expect(place, field.cName).toEqual(placeOf(field));
    }
    expect(uncovered(table.fields, size)).toEqual(HOLE);
  });

  it('have a size that a known kernel has', () => {
    const size = headerSizes(['struct tcp_info']).sizes.get('struct tcp_info') ?? 0;
    if (size <= TCP_INFO.size) expect([...TCP_INFO_SIZE_TO_KERNEL.keys()]).toContain(size);
  });
});

describe.skipIf(!hasBtf('tcp_info against the running kernel'))('struct tcp_info and the running kernel', () => {
  it('have the same members in the same places', () => {
    const layout = btfLayouts(['tcp_info']).get('tcp_info');
    if (layout === undefined) throw new Error('BTF without tcp_info');
    const table = tableFor(layout.members.has('tcpi_ecn_mode'));
    const ours = table.fields.filter((field) => field.offset + field.size <= layout.size);
    expect(new Map(ours.map((field) => [field.cName, placeOf(field)]))).toEqual(layout.members);
  });
});

describe('the tables of struct tcp_info', () => {
  it.each([TCP_INFO, TCP_INFO_7_0])('leave no gap', (table) => {
    expect(uncovered(table.fields, table.size)).toEqual(HOLE);
  });

  it('have fields of later kernels behind those of earlier ones', () => {
    const sizes = [...TCP_INFO_SIZE_TO_KERNEL];
    for (const field of TCP_INFO.fields.filter((candidate) => candidate.bits === undefined)) {
      const end = field.offset + field.size;
      const [, kernel] = sizes.find(([size]) => size >= end) ?? [];
      const first = field.since === '2.4' ? '2.6' : field.since;
      expect(kernel?.first, field.cName).toBe(first);
    }
  });
});
