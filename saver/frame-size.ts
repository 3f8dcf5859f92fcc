/**
 * Content of a frame, bytes: enough that frames compress as well as one stream would. Of 10 to 50 records a second they are
 * 3 % larger than one, with 64 KiB 5 %.
 */
export const FRAME_BYTES = 80 * 1024;

const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;

/**
 * Content of a connection's first frame, from half of {@link FRAME_BYTES} to all of it: connections that begin together
 * would have their buffers full together for ever, which takes twice the memory and all of the disk at once.
 * @param turn how many connections came before; neighbours get sizes far apart
 */
export function firstFrameBytes(turn: number): number {
  return Math.ceil(FRAME_BYTES * (1 - ((turn * GOLDEN_RATIO) % 1) / 2));
}
