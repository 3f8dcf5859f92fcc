import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseUsers, UserNames } from '../../../host/processes/user-names.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tcp-info-users-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the names of users', () => {
  it('are those of /etc/passwd; the first of an id counts, and malformed lines do not', () => {
    const names = parseUsers('root:x:0:0::/:/bin/sh\ntoor:x:0:0\n#a:x:5:5\n:x:6:6\nb:x:-1\nc:x:7\n+\n\nd');
    expect([...names]).toEqual([
      [0, 'root'],
      [7, 'c'],
    ]);
  });

  it('are null without the file, and known when it is made or replaced', () => {
    const path = join(folder, 'passwd');
    const users = new UserNames(path);
    expect(users.nameOf(7, 0)).toBeNull();
    writeFileSync(path, 'a:x:7:7\n');
    expect(users.nameOf(7, 9_999)).toBeNull();
    expect(users.nameOf(7, 10_000)).toBe('a');
    writeFileSync(path, 'b:x:7:7\n');
    utimesSync(path, 1, 1);
    expect(users.nameOf(7, 20_000)).toBe('b');
    rmSync(path);
    expect(users.nameOf(7, 30_000)).toBe('b');
  });
});
