import { describe, expect, it } from 'vitest';
import { WatchedNamespaces } from '../../../live/feed/index.js';

describe('WatchedNamespaces', () => {
  it('has the namespaces of complete scans, until they are left', () => {
    const watched = new WatchedNamespaces();
    const [blue, red] = [
      { inode: 1, name: 'blue' },
      { inode: 2, name: 'red' },
    ];
    expect([watched.has(undefined), watched.has(blue)]).toEqual([false, false]);
    watched.scanned(1n);
    watched.scanned(2n, blue);
    watched.scanned(3n, blue);
    expect([undefined, blue, red].map((each) => watched.has(each))).toEqual([true, true, false]);
    watched.left(blue);
    expect([undefined, blue].map((each) => watched.has(each))).toEqual([true, false]);
    watched.finish();
    expect(watched.has(undefined)).toBe(false);
  });
});
