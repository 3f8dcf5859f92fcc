import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FrameMemory, type FrameOwner, type StoredFrame } from '../../../live/recorder/frame-memory.js';

/** Owner of frames that keeps a list of them, and of those that left it. */
class Owner implements FrameOwner {
  readonly frames: StoredFrame[] = [];
  readonly gone: { readonly frame: StoredFrame; readonly isEvicted: boolean }[] = [];
  keepsLast = true;

  get count(): number {
    return this.frames.length;
  }

  dropped(frame: StoredFrame, isEvicted: boolean): void {
    expect(this.frames.shift()).toBe(frame);
    this.gone.push({ frame, isEvicted });
  }
}

function store(memory: FrameMemory, owner: Owner, ms: number, bytes: number): StoredFrame | undefined {
  const [oldest] = owner.frames;
  if (oldest !== undefined && memory.release(oldest)) owner.frames.shift();
  const content = Buffer.alloc(bytes, ms & 0xff);
  const frame = { bytes: content, records: 1, hasMetadata: false, fromMs: ms, untilMs: ms };
  const stored = memory.store(frame, owner);
  if (stored !== undefined) owner.frames.push(stored);
  return stored;
}

const MIB = 2 ** 20;

describe('the memory of frames', () => {
  it('forgets frames that are older than the time to keep', () => {
    const memory = new FrameMemory({ maxBytes: MIB, keepMs: 1000 });
    const owner = new Owner();
    for (const ms of [0, 500, 1000]) store(memory, owner, ms, 100);
    memory.expire(1499);
    expect(owner.frames.map(({ fromMs }) => fromMs)).toEqual([500, 1000]);
    expect(owner.gone.map(({ isEvicted }) => isEvicted)).toEqual([false]);
  });

  it('keeps the last frame of an open connection, and gives it up for a newer one', () => {
    const memory = new FrameMemory({ maxBytes: MIB, keepMs: 1000 });
    const [idle, over] = [new Owner(), new Owner()];
    store(memory, idle, 0, 100);
    store(memory, over, 0, 100);
    over.keepsLast = false;
    memory.expire(100_000);
    expect([idle.count, over.count, memory.frames]).toEqual([1, 0, 1]);
    expect(idle.frames[0]?.bytes).toEqual(Buffer.alloc(100, 0));
    store(memory, idle, 100_000, 100);
    expect(idle.frames.map(({ fromMs }) => fromMs)).toEqual([100_000]);
  });

  it('takes a frame that is larger than its pieces of memory', () => {
    const memory = new FrameMemory({ maxBytes: MIB, keepMs: 1000 });
    const owner = new Owner();
    expect(store(memory, owner, 7, 300_000)?.bytes).toEqual(Buffer.alloc(300_000, 7));
    expect(store(memory, owner, 8, 2 * MIB)).toBeUndefined();
    expect(memory.bytes).toBeLessThanOrEqual(MIB);
  });

  it('lets those read on who hold a frame that is dropped', () => {
    const memory = new FrameMemory({ maxBytes: MIB, keepMs: 1000 });
    const owner = new Owner();
    const held = store(memory, owner, 1, 50_000);
    for (let i = 2; i < 200; i++) store(memory, owner, i, 50_000);
    expect(owner.gone[0]?.isEvicted).toBe(true);
    expect(held?.bytes).toEqual(Buffer.alloc(50_000, 1));
  });

  it('stays within its bounds, drops the oldest first and keeps the newest of each, under any load', () => {
    const steps = fc.array(
      fc.record({
        owner: fc.integer({ min: 0, max: 5 }),
        bytes: fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 3000, max: 200_000 })),
        waitMs: fc.integer({ min: 0, max: 300 }),
        tick: fc.boolean(),
      }),
      { maxLength: 150 },
    );
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 4 }), (all, mib) => {
        const [maxBytes, keepMs] = [mib * MIB, 2000];
        const memory = new FrameMemory({ maxBytes, keepMs });
        const owners = Array.from({ length: 6 }, () => new Owner());
        const given = owners.map(() => 0);
        let nowMs = 0;
        for (const { owner: i, bytes, waitMs, tick } of all) {
          nowMs += waitMs;
          const owner = owners[i] as Owner;
          const stored = store(memory, owner, nowMs, bytes);
          expect(stored).toBeDefined();
          expect(owner.frames.at(-1)).toBe(stored);
          given[i] = (given[i] ?? 0) + 1;
          if (tick) memory.expire(nowMs);
          expect(memory.bytes).toBeLessThanOrEqual(maxBytes);
          // Looking at all of it takes long.
          if (!tick) continue;
          const kept = owners.flatMap(({ frames }) => frames);
          expect(memory.frames).toBe(kept.length);
          // Nothing inside the window has gone but for lack of room.
          for (const { gone } of owners) {
            for (const { frame, isEvicted } of gone) expect(isEvicted || frame.untilMs < nowMs - keepMs).toBe(true);
          }
          for (const { frames } of owners) {
            for (const [at, frame] of frames.entries()) {
              expect([frame.bytes.at(0), frame.bytes.at(-1)]).toEqual([frame.fromMs & 0xff, frame.fromMs & 0xff]);
              if (at > 0) expect(frame.fromMs).toBeGreaterThanOrEqual((frames[at - 1] as StoredFrame).fromMs);
              // Only a last one is old.
              if (frame.untilMs < nowMs - keepMs) expect(frames).toHaveLength(1);
            }
          }
        }
        // Every owner that was given a frame still has its last one.
        for (const [i, { count }] of owners.entries()) expect(count > 0).toBe((given[i] ?? 0) > 0);
      }),
      { numRuns: 40 },
    );
  });
});
