import { describe, expect, it } from 'vitest';
import { OwnAddresses } from '../../saver/index.js';

/** Returns changing addresses, a clock, and the log of both. */
function setUp(first: readonly string[] | Error) {
  const scene = { nowMs: 0, addresses: first, tookMs: 0, reads: 0, failures: 0, successes: 0 };
  const own = new OwnAddresses({
    nowMs: () => scene.nowMs,
    read: () => {
      scene.reads++;
      scene.nowMs += scene.tookMs;
      if (scene.addresses instanceof Error) throw scene.addresses;
      return scene.addresses;
    },
    onFailure: () => scene.failures++,
    onSuccess: () => scene.successes++,
  });
  return { scene, own };
}

describe('OwnAddresses', () => {
  it('reads the addresses each minute, and keeps the known ones if that fails', () => {
    const { scene, own } = setUp(['192.0.2.1']);
    scene.addresses = ['2001:db8::1'];
    scene.nowMs = 59_999;
    expect([own.has('192.0.2.1'), own.has('2001:db8::1')]).toEqual([true, false]);
    scene.nowMs = 60_000;
    expect([own.has('192.0.2.1'), own.has('2001:db8::1')]).toEqual([true, true]);
    scene.addresses = new Error('EMFILE');
    scene.nowMs = 120_000;
    expect([own.has('192.0.2.1'), own.has('2001:db8::1')]).toEqual([true, true]);
    expect(scene).toMatchObject({ failures: 1, successes: 2 });
  });

  it('is empty while they cannot be read at first, and has them a second after they can', () => {
    const { scene, own } = setUp(new Error('ERR_INTERRUPTED'));
    expect(own.has('192.0.2.1')).toBe(false);
    scene.addresses = ['192.0.2.1'];
    scene.nowMs = 999;
    expect(own.has('192.0.2.1')).toBe(false);
    scene.nowMs = 1000;
    expect(own.has('192.0.2.1')).toBe(true);
    expect(scene).toMatchObject({ reads: 2, failures: 1, successes: 1 });
  });

  it('looks for an unknown source once a second at most, for a hundredth of the time', () => {
    const { scene, own } = setUp(['192.0.2.1']);
    scene.addresses = ['192.0.2.1', '192.0.2.2'];
    scene.nowMs = 1000;
    expect(own.has('192.0.2.2'), 'a peer’s address is not worth it').toBe(false);
    scene.tookMs = 50;
    expect(own.hasSource('192.0.2.2')).toBe(true);
    scene.nowMs = 5999;
    expect([own.hasSource('203.0.113.1'), scene.reads]).toEqual([false, 2]);
    scene.nowMs = 6000;
    expect([own.hasSource('203.0.113.1'), scene.reads]).toEqual([false, 3]);
  });

  it('remembers learned addresses, up to a bound, the newest first', () => {
    const { own } = setUp([]);
    const sources = Array.from({ length: 16_385 }, (_, i) => `198.18.${i >> 8}.${i & 255}`);
    for (const source of sources) own.learn(source);
    expect(own.has('198.18.0.0')).toBe(false);
    expect(own.has('198.18.0.1')).toBe(true);
    expect(own.hasSource('198.18.64.0')).toBe(true);
  });
});
