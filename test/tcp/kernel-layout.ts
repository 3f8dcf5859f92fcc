/** Positions of struct members, from the C compiler with the kernel's headers and from the running kernel's BTF. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Field, Struct } from '../../netlink/index.js';
import { skipped } from '../support/programs.js';

/** Position of a member, in bits from the start of the struct. */
export interface Place {
  readonly bit: number;
  readonly width: number;
}

/** A table of any result type. */
export interface AnyStruct extends Omit<Struct<unknown>, 'fields'> {
  readonly fields: readonly Field[];
}

/** Layout of a struct according to its source. */
export interface Layout {
  readonly size: number;
  readonly members: ReadonlyMap<string, Place>;
}

/** Returns the position of a field in our table. */
export function placeOf(field: Field): Place {
  const [lowest, width] = field.bits ?? [0, field.size * 8];
  return { bit: field.offset * 8 + lowest, width };
}

/** Returns true if there is a C compiler with the kernel's headers; else reports on stderr what is skipped. */
export function hasCompiler(what: string): boolean {
  try {
    compileAndRun(['linux/tcp.h', 'linux/inet_diag.h'], '');
    return true;
  } catch {
    skipped(what, "no C compiler with the kernel's headers (apt-get install gcc libc6-dev)");
    return false;
  }
}

/** Compiles the statements as a program and returns its output. */
export function compileAndRun(headers: readonly string[], statements: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'layout-'));
  try {
    const includes = ['stdio.h', 'stddef.h', 'string.h', ...headers].map((header) => `#include <${header}>\n`).join('');
    writeFileSync(join(folder, 'layout.c'), `${includes}int main(void) {\n${statements}\nreturn 0; }\n`);
    const binary = join(folder, 'layout');
    execFileSync('cc', ['-w', '-o', binary, join(folder, 'layout.c')], { stdio: 'pipe' });
    return execFileSync(binary, { encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Returns `sizeof` of structs and `LINUX_VERSION_CODE` of the headers. */
export function headerSizes(structs: readonly string[]): { sizes: ReadonlyMap<string, number>; version: number } {
  const lines = structs.map((name) => `printf("%zu ", sizeof(${name}));`);
  const out = compileAndRun(
    ['linux/tcp.h', 'linux/inet_diag.h', 'linux/version.h'],
    `${lines.join('\n')} printf("%d", LINUX_VERSION_CODE);`,
  );
  const numbers = out.split(' ').map(Number);
  return { sizes: new Map(structs.map((name, i) => [name, numbers[i] ?? 0])), version: numbers.at(-1) ?? 0 };
}

/**
 * Returns the positions of the fields within the header's struct. The position of a bit-field is found by setting all
 * its bits in a zeroed struct and reading the bytes.
 */
export function headerLayout(struct: AnyStruct, size: number): Layout {
  const fields = struct.fields.filter((field) => field.offset + field.size <= size);
  const lines = fields.map((field) => {
    const member = `s.${field.cName}`;
    if (field.bits === undefined) {
      return `printf("%zu %zu\\n", offsetof(${struct.cName}, ${field.cName}) * 8, sizeof(${member}) * 8);`;
    }
    return `memset(&s, 0, sizeof s); ${member} = ~0; { int first = -1, count = 0;
      for (int i = 0; i < sizeof s * 8; i++) if (p[i / 8] >> i % 8 & 1) { if (first < 0) first = i; count++; }
      printf("%d %d\\n", first, count); }`;
  });
  const declarations = `${struct.cName} s; unsigned char *p = (unsigned char *)&s;`;
  const out = compileAndRun(['linux/tcp.h', 'linux/inet_diag.h'], `${declarations}\n${lines.join('\n')}`);
  const places = out.split('\n').map((line) => line.split(' ').map(Number));
  return {
    size,
    members: new Map(
      fields.map((field, i) => [field.cName, { bit: places[i]?.[0] ?? -1, width: places[i]?.[1] ?? -1 }]),
    ),
  };
}

/** File of the kernel's type information. */
const BTF_PATH = '/sys/kernel/btf/vmlinux';

/** Returns true if the kernel publishes its types; else reports on stderr what is skipped. */
export function hasBtf(what: string): boolean {
  if (existsSync(BTF_PATH)) return true;
  skipped(what, `no ${BTF_PATH}`);
  return false;
}

const Kind = {
  INT: 1,
  ARRAY: 3,
  STRUCT: 4,
  UNION: 5,
  ENUM: 6,
  FUNC_PROTO: 13,
  VAR: 14,
  DATASEC: 15,
  TAG: 17,
  ENUM64: 19,
};

/** Reads the named structs (without `struct `) from the running kernel's BTF; missing ones are omitted. */
export function btfLayouts(names: readonly string[]): ReadonlyMap<string, Layout> {
  const btf = readFileSync(BTF_PATH);
  const header = btf.readUInt32LE(4);
  const [types, typesLength, strings] = [8, 12, 16].map((at) => btf.readUInt32LE(at)) as [number, number, number];
  const text = (at: number): string => {
    const start = header + strings + at;
    return btf.toString('latin1', start, btf.indexOf(0, start));
  };
  const offsets = [0];
  for (let at = header + types; at < header + types + typesLength; ) {
    offsets.push(at);
    at += 12 + extraBytes(btf.readUInt32LE(at + 4));
  }
  const kindOf = (at: number): number => (btf.readUInt32LE(at + 4) >>> 24) & 0x1f;
  const sizeOf = (type: number): number => {
    const at = offsets[type] ?? 0;
    const sized: number[] = [Kind.INT, Kind.STRUCT, Kind.UNION, Kind.ENUM, Kind.ENUM64];
    if (sized.includes(kindOf(at))) return btf.readUInt32LE(at + 8);
    if (kindOf(at) === Kind.ARRAY) return sizeOf(btf.readUInt32LE(at + 12)) * btf.readUInt32LE(at + 20);
    return sizeOf(btf.readUInt32LE(at + 8));
  };
  const found = new Map<string, Layout>();
  for (const at of offsets.slice(1)) {
    if (kindOf(at) !== Kind.STRUCT) continue;
    const name = text(btf.readUInt32LE(at));
    if (!names.includes(name)) continue;
    const info = btf.readUInt32LE(at + 4);
    const members = new Map<string, Place>();
    for (let i = 0; i < (info & 0xffff); i++) {
      const [nameAt, type, offset] = [0, 4, 8].map((o) => btf.readUInt32LE(at + 12 + i * 12 + o)) as [
        number,
        number,
        number,
      ];
      const bitfield = info >>> 31 === 1;
      const width = bitfield && offset >>> 24 > 0 ? offset >>> 24 : sizeOf(type) * 8;
      members.set(text(nameAt), { bit: bitfield ? offset & 0xff_ffff : offset, width });
    }
    found.set(name, { size: btf.readUInt32LE(at + 8), members });
  }
  return found;
}

/** Returns the number of bytes after the 12-byte header of a type. */
function extraBytes(info: number): number {
  const count = info & 0xffff;
  const kind = (info >>> 24) & 0x1f;
  if (kind === Kind.INT || kind === Kind.VAR || kind === Kind.TAG) return 4;
  if (kind === Kind.ARRAY) return 12;
  if (kind === Kind.ENUM || kind === Kind.FUNC_PROTO) return count * 8;
  return [Kind.STRUCT, Kind.UNION, Kind.DATASEC, Kind.ENUM64].includes(kind) ? count * 12 : 0;
}

/** Returns the bits below `size` bytes that no field covers. */
export function uncovered(fields: readonly Field[], size: number): number[] {
  const covered = new Set<number>();
  for (const { bit, width } of fields.map(placeOf)) for (let i = 0; i < width; i++) covered.add(bit + i);
  return Array.from({ length: size * 8 }, (_, bit) => bit).filter((bit) => !covered.has(bit));
}
