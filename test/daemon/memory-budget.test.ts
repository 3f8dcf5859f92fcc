import { describe, expect, it } from 'vitest';
import { memoryBudget } from '../../daemon/memory-budget.js';

const MIB = 1024 * 1024;

describe('the memory budget', () => {
  it('has the defaults without a limit, and with one of 1 GiB', () => {
    const usual = {
      isShort: false,
      maxBufferedBytes: 256 * MIB,
      maxPendingBytes: 64 * MIB,
      eventQueueBytes: 32 * MIB,
    };
    expect(memoryBudget(undefined)).toEqual(usual);
    expect(memoryBudget(8192 * MIB)).toEqual(usual);
    expect(memoryBudget(1024 * MIB)).toEqual({ ...usual, maxPendingBytes: 32 * MIB });
  });

  it('gives records a quarter of a low limit, and little to the buffers before them', () => {
    expect(memoryBudget(128 * MIB)).toEqual({
      isShort: true,
      maxBufferedBytes: 32 * MIB,
      maxPendingBytes: 4 * MIB,
      eventQueueBytes: 8 * MIB,
    });
  });
});
