import type { LineFormatter } from '../../native/index.js';
import type { ConntrackDecoder, FlowLines } from '../index.js';
import { lineLayoutOf } from './line-layout.js';

/**
 * Writer of lines of flows by the addon, which writes those whose layout and texts it knows: the bytes that
 * `FlowLines.addFlow` writes, in a fraction of the time.
 */
export class FlowFormatter {
  readonly #formatter: LineFormatter;
  readonly #lines: FlowLines;
  readonly #state = new Uint32Array(2);
  #members: Uint8Array | undefined;
  #data: Uint8Array = new Uint8Array(0);

  constructor(formatter: LineFormatter, lines: FlowLines) {
    this.#formatter = formatter;
    this.#lines = lines;
  }

  /**
   * Begins a batch.
   * @param time as for `FlowLines.begin`
   * @param members local addresses, as `LocalAddresses.packed` returns them
   */
  begin(data: Uint8Array, time: string, members: Uint8Array): void {
    this.#data = data;
    this.#formatter.give([Buffer.from('{'), Buffer.from(`"time":${JSON.stringify(time)},`)]);
    if (members !== this.#members) this.#formatter.setMembers(members);
    this.#members = members;
  }

  /**
   * Adds the lines of messages of the batch, up to the first one that the addon cannot write. Returns their number.
   * @param messages pairs (offset, length)
   * @param from number of the first message
   * @param identities gets the identity of each flow, as `FlowIdentityReader` returns it
   */
  write(messages: Uint32Array, from: number, identities: Float64Array): number {
    const [state, { bytes }] = [this.#state, this.#lines];
    let written = 0;
    do {
      if (state[1] === 1) bytes.makeRoom(bytes.out.length);
      state[0] = bytes.length;
      const rest = identities.subarray(written);
      written += this.#formatter.write(this.#data, messages, from + written, bytes.out, state, rest);
      bytes.length = state[0];
    } while (state[1] === 1);
    return written;
  }

  /** Learns from a message of the batch that was added otherwise. @throws DecodeError */
  learn(decoder: ConntrackDecoder, at: number): void {
    const parts = this.#lines.partsOf(decoder, at);
    if (parts === undefined) return;
    const data = this.#data;
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    const message = data.subarray(at, at + view.getUint32(at, true));
    const texts = [parts.identity, parts.details];
    if (this.#formatter.teach(message, texts)) return;
    const layout = lineLayoutOf(parts, view, at);
    if (layout === undefined) return;
    this.#formatter.learn(layout);
    this.#formatter.teach(message, texts);
  }
}
