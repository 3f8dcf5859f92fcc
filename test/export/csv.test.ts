import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CellWriter, type CsvColumn, CsvWriter, writeCsvHeader, writeCsvRow } from '../../export/index.js';

type Cell = string | number | bigint | Uint8Array;

function write(cell: Cell, out: CellWriter): void {
  if (typeof cell === 'string') out.text(cell);
  else if (cell instanceof Uint8Array) out.bytes(cell);
  else out.integer(cell);
}

/** Returns a row of these cells. */
function line(...cells: Cell[]): Buffer {
  const columns = cells.map((cell): CsvColumn<undefined> => ({ name: '', cell: (_, out) => write(cell, out) }));
  const out = new CsvWriter();
  writeCsvRow(columns, undefined, out);
  return out.take();
}

/** Parses one line of CSV by RFC 4180, with one character per byte. */
function parse(csv: Buffer): string[] {
  const text = csv.toString('latin1');
  const fields: string[] = [];
  for (let at = 0; at < text.length; ) {
    const match = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))([,\n])/.exec(text.slice(at));
    if (match === null) throw new Error(`no field at ${at} of ${JSON.stringify(text)}`);
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    at += match[0].length;
    if ((match[3] === '\n') !== (at === text.length)) throw new Error(`a line ends at ${at}`);
  }
  return fields;
}

describe('CsvWriter', () => {
  it.each([
    ['', ''],
    ['abc', 'abc'],
    ['a b', 'a b'],
    ['a,b', '"a,b"'],
    ['a"b', '"a""b"'],
    ['a\nb', '"a\nb"'],
    ['a\rb', '"a\rb"'],
    [' a', '" a"'],
    ['\ta', '"\ta"'],
    ['a ', 'a '],
    ['\\.', '"\\."'],
    ['\\', '\\'],
    ['\\.a', '\\.a'],
    ['\0', '\0'],
    ['é', 'é'],
    ['\u00a0a', '"\u00a0a"'],
    ['\u2028a', '"\u2028a"'],
    ['\u3000', '"\u3000"'],
    ['\ufeffa', '\ufeffa'],
    ['a\u3000', 'a\u3000'],
    ['#', '#'],
  ])('quotes %j like Go', (text, expected) => {
    expect(line(text).toString()).toBe(`${expected}\n`);
    expect(line(Buffer.from(text)).toString()).toBe(`${expected}\n`);
  });

  it('keeps bytes that are not UTF-8', () => {
    expect(line(Uint8Array.of(0xff, 0x80, 0x2c, 0xc2))).toEqual(
      Buffer.from([0x22, 0xff, 0x80, 0x2c, 0xc2, 0x22, 0x0a]),
    );
  });

  it('writes fields that any CSV reader reads back', () => {
    const cell: fc.Arbitrary<Cell> = fc.oneof(
      fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', ' ', '\\', '.', 'a', 'é', '\u2028', '\0') }),
      fc.string({ unit: 'grapheme' }),
      fc.uint8Array(),
      fc.maxSafeInteger(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }),
    );
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 8 }), (cells) => {
        const bytes = (c: Cell) => (c instanceof Uint8Array ? Buffer.from(c) : Buffer.from(String(c), 'utf8'));
        expect(parse(line(...cells))).toEqual(cells.map((c) => bytes(c).toString('latin1')));
      }),
      { numRuns: 2000 },
    );
  });

  it('writes every integer in decimal', () => {
    const powers = Array.from({ length: 16 }, (_, i) => 10 ** i).flatMap((p) => [p - 1, p, p + 1]);
    const edges = [...powers, 2 ** 30 - 1, 2 ** 30, 2 ** 31, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER];
    for (const value of [...edges, ...edges.map((edge) => 0 - edge)]) {
      expect(line(value).toString()).toBe(`${BigInt(value)}\n`);
    }
  });

  it('grows as necessary, and returns everything once', () => {
    const out = new CsvWriter();
    let expected = '';
    for (const text of ['x'.repeat(200_000), '"'.repeat(300_000), 'é'.repeat(400_000)]) {
      out.text(text);
      out.endField();
      for (let i = 0; i < 1000; i++) out.integer(i);
      out.endRow();
      expected += `${text.startsWith('"') ? `"${text}${text}"` : text},`;
      expected += `${Array.from({ length: 1000 }, (_, i) => i).join('')}\n`;
    }
    expect(out.length).toBe(Buffer.byteLength(expected));
    expect(out.take().equals(Buffer.from(expected))).toBe(true);
    expect(out.length).toBe(0);
    expect(out.take()).toHaveLength(0);
  });
});

describe('writeCsvHeader', () => {
  it('writes the names of the columns', () => {
    const out = new CsvWriter();
    writeCsvHeader(
      [
        { name: 'a', cell: () => undefined },
        { name: 'b,c', cell: () => undefined },
      ],
      out,
    );
    expect(out.take().toString()).toBe('a,"b,c"\n');
  });
});
