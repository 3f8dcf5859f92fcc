/**
 * Content of a frame, bytes: large enough that separate frames compress nearly as well as one stream. At 10 to 50
 * records a second they are 3 % larger than one stream; with 64 KiB they would be 5 % larger.
 */
export const FRAME_BYTES = 80 * 1024;

/**
 * Bytes waiting in all connections above which frames are full at {@link CROWDED_FRAME_BYTES}. Hundreds of busy
 * connections reach this: each has half a frame in memory on average.
 */
export const CROWDED_BYTES = 24 * 1024 * 1024;
/** Content of a frame while more than {@link CROWDED_BYTES} wait, bytes. */
export const CROWDED_FRAME_BYTES = 64 * 1024;

const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/**
 * Returns the content of a connection's first frame, from half of {@link FRAME_BYTES} to all of it. With one size for
 * all, connections that start together would fill their buffers together for ever, which takes twice the memory and
 * causes bursts of disk writes.
 * @param turn number of earlier connections; neighbours get very different sizes
 */
export function firstFrameBytes(turn: number): number {
  return Math.ceil(FRAME_BYTES * (1 - ((turn * GOLDEN_RATIO) % 1) / 2));
}
