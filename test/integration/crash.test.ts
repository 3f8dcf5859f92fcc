import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { archivePaths, parseArchive, readArchive, splitFrames } from '../support/archives.js';
import { DAEMON } from '../support/daemon.js';
import { haveLab, it } from '../support/lab.js';
import { DEADLINE_MS, until } from '../support/waiting.js';

const BUSY = 200;
/** Number of connections that begin at once. */
const BURST = 500;
const FLUSH_AGE_MS = 500;
/** Tolerance beyond the flush age: the check of ages takes a tick, and two busy cores take their time. */
const LENIENCY_MS = 1500;

function decompress(frames: Buffer): string {
  return execFileSync('zstd', ['-dcq'], { input: frames, encoding: 'utf8', maxBuffer: 1 << 28 });
}

/** Runs `tcp-info repair` and returns its output; throws unless everything is sound afterwards. */
function repair(output: string): string {
  return execFileSync(process.execPath, [DAEMON, 'repair', '--min-age=0s', output], { encoding: 'utf8' });
}

describe.skipIf(!haveLab('crashes'))('kill -9 during heavy writing', () => {
  it('loses no more than the flush age and leaves readable files, which a restart continues', async ({ lab }) => {
    const output = join(lab.folder, 'crash');
    const args = [`--archive.flush-age=${FLUSH_AGE_MS}ms`];
    const daemon = await lab.startDaemon({ output, args });
    const port = await lab.nearPeer.listen('0.0.0.0');
    const far = await lab.farPeer.connectMany(BUSY, { host: lab.near.ipv4, port });
    const near = await Promise.all(far.map(({ localPort }) => lab.nearPeer.accepted(port, localPort)));
    await lab.nearPeer.stream(near, 500, 20);
    // Much longer than the flush age, so that a loss would be visible.
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
    // At most the one that was being written at that instant: files are written one after the other.
    expect(cut).toBeLessThanOrEqual(1);
    if (cut === 0) {
      // A kill rarely falls into a write: this simulates one.
      const [path = ''] = paths;
      const [frame] = splitFrames(path).frames;
      appendFileSync(path, frame?.subarray(0, frame.length / 2) ?? '');
      cut = 1;
    }
    for (const path of paths.slice(0, 20)) {
      for (const frame of splitFrames(path).frames) expect(decompress(frame).endsWith('\n')).toBe(true);
    }

    // Repairs exactly those files, and keeps their whole frames.
    const whole = paths.map((path) => Buffer.concat(splitFrames(path).frames));
    expect(repair(output)).toMatch(
      new RegExp(`total: ${BUSY} examined, ${cut} not sound, ${cut} mended, .* 0 failed\n$`),
    );
    for (const [i, path] of paths.entries()) expect(readFileSync(path).equals(whole[i] ?? Buffer.alloc(0))).toBe(true);

    const before = paths.map((path) => readFileSync(path));
    const restarted = await lab.startDaemon({ output, args });
    await restarted.scanned();
    // Beside a writing daemon it finds nothing to do.
    expect(repair(output)).toMatch(/ 0 not sound, 0 mended, /);
    expect(await restarted.stop()).toEqual({ code: 0, signal: null });
    for (const [i, path] of paths.entries()) {
      expect(readFileSync(path).equals(before[i] ?? Buffer.alloc(0))).toBe(true);
      const next = readArchive(path.replace('.00000.', '.00001.'));
      expect(next.metadata.Sequence).toBe(1);
      expect(next.rows.length).toBeGreaterThan(0);
    }
    expect(archivePaths(output)).toHaveLength(2 * BUSY);
  });

  it('while files are created leaves at most one of them empty', async ({ lab }) => {
    const daemon = await lab.startDaemon({ args: ['--archive.flush-age=1s'] });
    const port = await lab.nearPeer.listen('0.0.0.0');
    await lab.farPeer.connectMany(BURST, { host: lab.near.ipv4, port });
    // All are created within a fraction of a second: only polling without a pause lets the kill fall into that time.
    await until('some files', () => archivePaths(daemon.output).length > 20, DEADLINE_MS, 0);
    daemon.kill('SIGKILL');
    await daemon.exited();
    const paths = archivePaths(daemon.output);
    expect(paths.length).toBeLessThan(BURST);
    const empty = paths.filter((path) => statSync(path).size === 0);
    // At most the one that was being created at that instant.
    expect(empty.length).toBeLessThanOrEqual(1);
  });
});
