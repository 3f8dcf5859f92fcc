import { describe, expect, it } from 'vitest';
import { MemoryGuard } from '../../daemon/memory-guard.js';
import { createLogger } from '../../log/index.js';

const MIB = 1024 * 1024;

function setUp(ownBytes?: () => number | undefined) {
  const log: string[] = [];
  const limits: number[] = [];
  const state = { own: 50 * MIB, held: 10 * MIB };
  const guard = new MemoryGuard({
    limitBytes: 128 * MIB,
    maxBufferedBytes: 32 * MIB,
    heldBytes: () => state.held,
    limitWaiting: (bytes) => limits.push(bytes / MIB),
    log: createLogger({ write: (line) => log.push(line) }),
    ownBytes: ownBytes ?? (() => state.own),
  });
  return { guard, state, limits, log };
}

describe('MemoryGuard', () => {
  it('leaves the buffer limit unchanged while there is room, without a log line', () => {
    const { guard, state, limits, log } = setUp();
    guard.tick();
    // All of it waits for the disk, which has its own bound.
    Object.assign(state, { own: 96 * MIB, held: 32 * MIB });
    guard.tick();
    expect(limits).toEqual([32, 32]);
    expect(log).toEqual([]);
  });

  it('lowers the buffer limit, never to zero, while other memory grows, and logs it once', () => {
    const { guard, state, limits, log } = setUp();
    for (const own of [90, 95, 200]) {
      state.own = own * MIB;
      guard.tick();
    }
    expect(limits).toEqual([16, 11, 8]);
    expect(log).toEqual([
      `level=error msg="memory limit is near: less may wait for the disk" limit_bytes=${128 * MIB} own_bytes=${95 * MIB} may_wait_bytes=${11 * MIB} failures=1\n`,
    ]);
  });

  it('changes nothing where the kernel reports no memory use', () => {
    const { guard, limits } = setUp(() => undefined);
    guard.tick();
    expect(limits).toEqual([]);
  });

  it('reads the memory of this process', () => {
    const limits: number[] = [];
    const guard = new MemoryGuard({
      limitBytes: 8192 * MIB,
      maxBufferedBytes: 8192 * MIB,
      heldBytes: () => 0,
      limitWaiting: (bytes) => limits.push(bytes),
      log: createLogger({ write: () => undefined }),
    });
    guard.tick();
    const ballast = Buffer.alloc(64 * MIB, 1);
    guard.tick();
    guard.stop();
    const [before = 0, after = 0] = limits;
    expect(before - after).toBeGreaterThan(ballast.length / 2);
  });
});
