import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchReader } from '../../../cmd/tool/reader-watch.js';
import { AddonError } from '../../../native/index.js';

const LONG_MS = 10_000;
const stream = (fd?: number) => Object.assign(new PassThrough(), fd === undefined ? {} : { fd });

describe('the watch over a reader', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('reports once that the reader has gone', () => {
    const [onGone, hasReader] = [vi.fn(), vi.fn(() => true)];
    watchReader(stream(7), onGone, hasReader);
    vi.advanceTimersByTime(LONG_MS);
    expect(hasReader).toHaveBeenCalledWith(7);
    expect(onGone).not.toHaveBeenCalled();
    hasReader.mockReturnValue(false);
    vi.advanceTimersByTime(LONG_MS);
    expect(onGone).toHaveBeenCalledOnce();
  });

  it('does not look after its end, and never at a stream without a descriptor', () => {
    const [onGone, hasReader] = [vi.fn(), vi.fn(() => false)];
    watchReader(stream(7), onGone, hasReader).stop();
    watchReader(stream(), onGone, hasReader).stop();
    vi.advanceTimersByTime(LONG_MS);
    expect([onGone, hasReader].map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
  });

  it('assumes a reader without the addon', () => {
    const onGone = vi.fn();
    const failing = (): never => {
      throw new AddonError('it is not built');
    };
    watchReader(stream(7), onGone, failing).stop();
    watchReader(stream(7), onGone, failing);
    vi.advanceTimersByTime(LONG_MS);
    expect(onGone).not.toHaveBeenCalled();
  });
});
