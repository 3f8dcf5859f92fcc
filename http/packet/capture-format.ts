import type { PacketCursor } from './cursor.js';

/** More is no packet, and no list of options. */
export const MOST_RECORD_BYTES = 2 ** 24;

/** Reader of one format of capture files, record by record. */
export interface CaptureFormat {
  /**
   * Reads the record at `start` and delivers its packet. Returns the offset behind it, which may lie behind `end` if
   * nothing of it is needed; `start` when more bytes are needed; -1 when it cannot be a record.
   * @param at Offset of `start` in the file.
   * @throws CaptureError When nothing can be read on.
   */
  read(bytes: Uint8Array, start: number, end: number, at: number): number;
  /** Returns the name of an interface, by {@link PacketCursor.ifindex}, if the file tells. */
  interfaceName(ifindex: number): string | undefined;
}
