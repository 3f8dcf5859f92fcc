import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { netlink } from '../../native/index.js';
import { tempFolder } from '../support/temp.js';

describe('hasReader', () => {
  it('is true for a pipe until the other end is closed', () => {
    const path = join(tempFolder(), 'pipe');
    execFileSync('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY);
    expect(netlink.hasReader(writer)).toBe(true);
    closeSync(reader);
    expect(netlink.hasReader(writer)).toBe(false);
    closeSync(writer);
  });

  it('is true for files and devices', () => {
    for (const path of ['/dev/null', join(tempFolder(), 'file')]) {
      const file = openSync(path, 'w');
      expect(netlink.hasReader(file)).toBe(true);
      closeSync(file);
    }
  });

  it('is false for what is not open, and takes a descriptor', () => {
    expect(netlink.hasReader(2 ** 30)).toBe(false);
    expect(() => netlink.hasReader(-1)).toThrow('fd must be an integer from 0 to 2147483647');
  });
});
