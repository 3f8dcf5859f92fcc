import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { archivePaths, parseArchive, readArchive, splitFrames } from '../support/archives.js';
import { haveLab, it } from '../support/lab.js';
import { until } from '../support/waiting.js';

const BUSY = 200;
const FLUSH_AGE_MS = 500;
/** Beyond the flush age: looking at ages takes a tick, and two busy cores take their time. */
const LENIENCY_MS = 1500;

function decompress(frames: Buffer): string {
  return execFileSync('zstd', ['-dcq'], { input: frames, encoding: 'utf8', maxBuffer: 1 << 28 });
}

describe.skipIf(!haveLab('crashes'))('kill -9 amid much writing', () => {
  it('loses no more than the flush age, leaves readable files, and a restart goes on behind them', async ({ lab }) => {
    const output = join(lab.folder, 'crash');
    const args = [`--archive.flush-age=${FLUSH_AGE_MS}ms`];
    const daemon = await lab.startDaemon({ output, args });
    const port = await lab.nearPeer.listen('0.0.0.0');
    const far = await lab.farPeer.connectMany(BUSY, { host: lab.near.ipv4, port });
    const near = await Promise.all(far.map(({ localPort }) => lab.nearPeer.accepted(port, localPort)));
    await lab.nearPeer.stream(near, 500, 20);
    // Much longer than the flush age, so that the loss would show.
    const frames = async (): Promise<number> => await daemon.metric('tcpinfo_archive_frames_total{reason="age"}');
    await until('eight frames each', async () => (await frames()) >= 8 * BUSY);
    const killedAtMs = Date.now();
    daemon.kill('SIGKILL');
    expect(await daemon.exited()).toEqual({ code: null, signal: 'SIGKILL' });
    await lab.nearPeer.halt(near);

    const paths = archivePaths(output);
    expect(paths).toHaveLength(BUSY);
    let cut = 0;
    for (const path of paths) {
      const split = splitFrames(path);
      expect(split.frames.length).toBeGreaterThan(1);
      if (split.rest.length > 0) cut++;
      const { rows } = parseArchive(path, decompress(Buffer.concat(split.frames)));
      const lastMs = Number((rows.at(-1)?.timestampNs ?? 0n) / 1_000_000n);
      expect(killedAtMs - lastMs).toBeLessThan(FLUSH_AGE_MS + LENIENCY_MS);
    }
    // One write was under way for each of libuv's threads at most.
    expect(cut).toBeLessThanOrEqual(4);
    for (const path of paths.slice(0, 20)) {
      for (const frame of splitFrames(path).frames) expect(decompress(frame).endsWith('\n')).toBe(true);
    }

    const before = paths.map((path) => readFileSync(path));
    const restarted = await lab.startDaemon({ output, args });
    await restarted.scanned();
    expect(await restarted.stop()).toEqual({ code: 0, signal: null });
    for (const [i, path] of paths.entries()) {
      expect(readFileSync(path).equals(before[i] ?? Buffer.alloc(0))).toBe(true);
      const next = readArchive(path.replace('.00000.', '.00001.'));
      expect(next.metadata.Sequence).toBe(1);
      expect(next.rows.length).toBeGreaterThan(0);
    }
    expect(archivePaths(output)).toHaveLength(2 * BUSY);
  });

  it('while files are being made leaves at most one of them empty', async ({ lab }) => {
    const daemon = await lab.startDaemon({ args: ['--archive.flush-age=1s'] });
    const port = await lab.nearPeer.listen('0.0.0.0');
    await lab.farPeer.connectMany(500, { host: lab.near.ipv4, port });
    await until('some files', () => archivePaths(daemon.output).length > 20);
    daemon.kill('SIGKILL');
    await daemon.exited();
    const empty = archivePaths(daemon.output).filter((path) => statSync(path).size === 0);
    // Only the one, if any, that was being made at that instant.
    expect(empty.length).toBeLessThanOrEqual(1);
  });
});
