import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AddonError, loadNetlink, netlink } from '../../native/index.js';

describe('the addon loader', () => {
  it('exports everything in the contract', () => {
    const addon = loadNetlink();
    expect(Object.keys(addon).sort()).toEqual([
      'CompressThread',
      'FileThread',
      'LineFormatter',
      'MessageListener',
      'PacketCapture',
      'Poller',
      'Relay',
      'Requester',
      'SocketOwners',
      'Watcher',
      'differs',
      'dump',
      'duplicate',
      'hasReader',
      'isOpenForWriting',
      'listenTcp',
      'lockFile',
    ]);
    expect(Object.keys(netlink).sort()).toEqual(Object.keys(addon).sort());
    expect(loadNetlink()).toBe(addon);
    expect(netlink.Poller).toBe(addon.Poller);
  });

  it('throws advice when there is no addon', () => {
    expect(() => loadNetlink('/nowhere/netlink.node')).toThrow(AddonError);
    expect(() => loadNetlink('/nowhere/netlink.node')).toThrow(
      'load addon netlink: it is not built, run `npm run build:native` (tried /nowhere/netlink.node)',
    );
  });

  it('keeps the cause when a file does not fit this system', () => {
    const folder = mkdtempSync(join(tmpdir(), 'loader-'));
    const path = join(folder, 'netlink.node');
    writeFileSync(path, 'not a library');
    try {
      expect(() => loadNetlink(path)).toThrow(
        expect.objectContaining({ code: 'ERR_ADDON', cause: expect.objectContaining({ code: 'ERR_DLOPEN_FAILED' }) }),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
