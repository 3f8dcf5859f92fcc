import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readServicesFile, ServicesFileError } from '../../cmd/tcp-info/services-file.js';
import { MAX_CONFIG_BYTES, ServicesConfigError } from '../../services/config/index.js';

describe('file of services', () => {
  let folder: string;
  let path: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tcp-info-services-file-'));
    path = join(folder, 'services.yaml');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is its text', () => {
    writeFileSync(path, 'a: ü€😀\ufffd\n');
    expect(readServicesFile(path)).toBe('a: ü€😀\ufffd\n');
  });

  it.each([
    ['a letter of Latin-1', [0x61, 0x0a, 0xc3, 0xbc, 0xfc, 0x0a], 2, 2],
    ['a letter that is not complete', [0x61, 0xef, 0xbf, 0x41], 1, 2],
    ['a letter that is not complete at the end', [0x61, 0xef, 0xbf], 1, 2],
    ['UTF-16', [0xff, 0xfe, 0x61, 0x00], 1, 1],
  ])('is refused with the place of %s', (_, bytes, line, column) => {
    writeFileSync(path, Buffer.from(bytes));
    expect(() => readServicesFile(path)).toThrow(
      new ServicesConfigError([{ file: path, line, column, reason: 'not UTF-8' }]),
    );
  });

  it('is not read to an end that does not come', () => {
    expect(() => readServicesFile('/dev/zero')).toThrow(ServicesFileError);
    expect(() => readServicesFile('/dev/zero')).toThrow(`longer than ${MAX_CONFIG_BYTES + 1} bytes`);
  });
});
