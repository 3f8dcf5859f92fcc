import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { archivePaths, byPorts, readOutput, sentBytes } from '../support/archives.js';
import { haveLab, it } from '../support/lab.js';

describe.skipIf(!haveLab('restart'))('a restart with the same UUID prefix', () => {
  it('leaves the files of living connections unchanged and takes the next sequence', async ({ lab }) => {
    const output = join(lab.folder, 'kept');
    const port = await lab.nearPeer.listen('0.0.0.0');
    const { near, far } = await lab.connectIn(port);
    const first = await lab.startDaemon({ output });
    await near.send(1000);
    await far.received(1000);
    await first.scanned();
    await first.stop();
    const [path = '', ...none] = archivePaths(output);
    expect(none).toEqual([]);
    const before = { bytes: readFileSync(path), stat: statSync(path, { bigint: true }) };

    for (const run of [1, 2]) {
      const next = await lab.startDaemon({ output });
      const events = await lab.readEvents();
      await near.send(1000);
      await far.received(1000 + 1000 * run);
      await lab.acknowledged();
      await next.scanned();
      await next.stop();
      await events.ended();

      const { files, last, uuid } = byPorts(readOutput(output), port, near.remotePort);
      expect(files.map(({ sequence, metadata }) => [sequence, metadata.Sequence])).toEqual(
        [0, 1, 2].slice(0, run + 1).map((sequence) => [sequence, sequence]),
      );
      // For this run the connection began when it was first seen; its name is the same.
      const file = files.at(-1);
      expect(file?.metadata).toMatchObject({ UUID: uuid, StartTime: file?.rows[0]?.timestamp });
      expect(sentBytes(last)).toBe(1000 + 1000 * run);
      expect(events.of('close', uuid)).toHaveLength(1);
    }
    expect(readFileSync(path).equals(before.bytes)).toBe(true);
    const { ino, mtimeNs } = statSync(path, { bigint: true });
    expect({ ino, mtimeNs }).toEqual({ ino: before.stat.ino, mtimeNs: before.stat.mtimeNs });
  });
});
