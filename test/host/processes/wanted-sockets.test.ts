import { describe, expect, it } from 'vitest';
import type { WantedSocket } from '../../../host/processes/index.js';
import { WantedSockets } from '../../../host/processes/wanted-sockets.js';

const socket = (inode: number): WantedSocket => ({
  inode,
  uid: 0,
  cgroupId: undefined,
  localPort: 1,
  netnsInode: undefined,
});
const inodes = (taken: ReturnType<WantedSockets['takeUntried']>): number[] => taken.map((each) => each.socket.inode);

describe('sockets whose likely holders have not been read', () => {
  it('are taken newest first, without those that have ended', () => {
    const wanted = new WantedSockets();
    for (let inode = 1; inode <= 4; inode++) wanted.add(socket(inode), inode, 0);
    wanted.remove(3);
    expect(inodes(wanted.takeUntried(2))).toEqual([4, 2]);
    expect(inodes(wanted.takeUntried(2))).toEqual([1]);
    expect(wanted.hasUntried).toBe(false);
  });

  it('are not kept after their end, however many follow before they would be taken', () => {
    const wanted = new WantedSockets();
    wanted.add(socket(1), 1, 0);
    let most = 0;
    for (let inode = 2; inode <= 100_000; inode++) {
      wanted.add(socket(inode), inode, 0);
      // Half of them are below the newest when they end.
      if (inode > 10) wanted.remove(inode - 5);
      most = Math.max(most, wanted.untriedSize);
    }
    expect(most).toBeLessThan(1100);
    expect(inodes(wanted.takeUntried(7))).toEqual([100_000, 99_999, 99_998, 99_997, 99_996, 5, 4]);
  });

  it('are kept once, at the place of the newest search', () => {
    const wanted = new WantedSockets();
    const first = wanted.add(socket(1), 1, 0);
    wanted.add(socket(2), 2, 0);
    for (let order = 3; order < 5000; order++) wanted.search(first, order, 0);
    expect(wanted.untriedSize).toBeLessThan(1100);
    expect(new Set(inodes(wanted.takeUntried(5000)))).toEqual(new Set([1, 2]));
  });
});
