import { describe, expect, it } from 'vitest';
import { FRAME_BYTES, firstFrameBytes } from '../../saver/frame-size.js';

describe('firstFrameBytes', () => {
  it('is distributed evenly from half a frame to a whole one, whichever connections are busy', () => {
    expect(firstFrameBytes(0)).toBe(FRAME_BYTES);
    for (const from of [0, 12_345]) {
      const sizes = Array.from({ length: 100 }, (_, i) => firstFrameBytes(from + i)).sort((a, b) => a - b);
      const gaps = sizes.slice(1).map((size, i) => size - (sizes[i] ?? 0));
      expect(Math.max(...gaps)).toBeLessThan((FRAME_BYTES / 2 / 100) * 3);
      expect(sizes[0]).toBeLessThan(FRAME_BYTES * 0.51);
      expect(sizes[0]).toBeGreaterThan(FRAME_BYTES / 2);
      expect(sizes.at(-1)).toBeGreaterThan(FRAME_BYTES * 0.98);
    }
  });
});
