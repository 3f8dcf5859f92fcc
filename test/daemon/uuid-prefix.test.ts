import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadUuidPrefix, readUuidPrefix, unsafeUuidPrefix } from '../../daemon/uuid-prefix.js';
import { archiveName } from '../../saver/archive-path.js';
import { tempFolder } from '../support/temp.js';

const BOOT = '283.45 100.00\n';
const NOW = 1_795_217_283_450;
const prefixOf = (host: string, environment: Record<string, string> = {}): string =>
  unsafeUuidPrefix(environment, BOOT, NOW, host).text;

describe('the generated UUID prefix', () => {
  it.each([
    ['host.example.com', 'host.example.com'],
    ['Bob_7', 'Bob_7'],
    ['bücher', 'bücher'],
    ['../../../../../escaped', '__/../../../../escaped'.replaceAll('/', '_')],
    ['..', '__'],
    ['.', '_'],
    ['.hidden', '_hidden'],
    ['-rf', '_rf'],
    ['a/b', 'a_b'],
    ['a b\tc\nd', 'a_b_c_d'],
    ['a\u001b[2Jb\u009bc', 'a_[2Jb_c'],
    ['a\ufffdb', 'a_b'],
  ])('makes the host name %j valid in a file name', (host, expected) => {
    const text = prefixOf(host);
    expect(text).toBe(`${expected}_1795217000_unsafe`);
    // The prefix names a file in its folder, and nothing else.
    const name = archiveName(`${text}_0000000000018D1F`, 0);
    expect(normalize(join('/out/2026/11/28', name))).toBe(`/out/2026/11/28/${name}`);
  });

  it.each(['..', '.', '.x', '-x'])('makes the pod name %j valid in a file name', (pod) => {
    expect(prefixOf('host', { POD_NAME: pod })).toMatch(/^_[_x]?_1795217000_unsafe$/);
  });
});

describe('the UUID prefix file', () => {
  const refused = (path: string, message: RegExp): void => {
    expect(() => readUuidPrefix(path)).toThrow(message);
    expect(() => readUuidPrefix(path)).toThrow(expect.objectContaining({ name: 'UuidPrefixError' }));
  };

  it('is read up to a bound, and may end with newlines', () => {
    const folder = tempFolder();
    refused('/dev/zero', /^-uuid-prefix-file=\/dev\/zero: cannot be read: longer than 4096 bytes$/);
    refused('/dev/null', /the file is empty/);
    mkdirSync(join(folder, 'folder'));
    refused(join(folder, 'folder'), /cannot be read: EISDIR/);
    writeFileSync(join(folder, 'large'), 'x'.repeat(1 << 20));
    refused(join(folder, 'large'), /cannot be read: longer than 4096 bytes/);
    writeFileSync(join(folder, 'spaced'), `host_1${'\n'.repeat(1000)}`);
    expect(readUuidPrefix(join(folder, 'spaced')).text).toBe('host_1');
  });

  it('does not block the start on a pipe without a writer', () => {
    const path = join(tempFolder(), 'pipe');
    execFileSync('mkfifo', [path]);
    expect(() => loadUuidPrefix({ uuidPrefixFile: path, uuidPrefixAuto: false }, {})).toThrow(
      /cannot be read: no end within 2000 ms/,
    );
  });

  it('contains no control characters, including those beyond ASCII', () => {
    const path = join(tempFolder(), 'prefix');
    writeFileSync(path, 'a\u009b2Jb');
    refused(path, /cannot begin a file name/);
  });
});
