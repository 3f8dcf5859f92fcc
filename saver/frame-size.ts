/**
 * Content of a frame, bytes: enough that frames compress as well as one stream would. Of 10 to 50 records a second they are
 * 3 % larger than one, with 64 KiB 5 %.
 */
export const FRAME_BYTES = 80 * 1024;

/**
 * Where so many bytes wait in all, of hundreds of busy connections, frames are full with {@link CROWDED_FRAME_BYTES}: each
 * connection has half a frame in memory on average.
 */
export const CROWDED_BYTES = 24 * 1024 * 1024;
/** See {@link CROWDED_BYTES}. */
export const CROWDED_FRAME_BYTES = 64 * 1024;

const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/**
 * Content of a connection's first frame, from half of {@link FRAME_BYTES} to all of it: connections that begin together
 * would have their buffers full together for ever, which takes twice the memory and all of the disk at once.
 * @param turn how many connections came before; neighbours get sizes far apart
 */
export function firstFrameBytes(turn: number): number {
  return Math.ceil(FRAME_BYTES * (1 - ((turn * GOLDEN_RATIO) % 1) / 2));
}
