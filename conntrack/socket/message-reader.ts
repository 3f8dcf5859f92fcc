import { DecodeError } from '../../netlink/index.js';
import { ConntrackDecoder } from '../index.js';
import type { SkippedMessages } from './options.js';

/** Messages in one array, as the addon delivers them. */
interface Packed {
  readonly messages: Uint32Array;
}

/** Decoder of packed messages that counts what it skips. */
export class MessageReader implements SkippedMessages {
  readonly #decoder = new ConntrackDecoder();
  readonly undecoded = new Map<string, number>();

  get unknownAttributes(): ReadonlyMap<string, number> {
    return this.#decoder.unknownAttributes;
  }

  /** Calls a function with the decoder and the place of each message. A message that cannot be decoded is counted. */
  read({ messages }: Packed, take: (decoder: ConntrackDecoder, at: number, index: number) => void): void {
    for (let i = 0; i + 1 < messages.length; i += 2) {
      try {
        take(this.#decoder, messages[i] ?? 0, i >> 1);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        this.#count(error.code, 1);
      }
    }
  }

  /** Counts messages that did not arrive whole. */
  countBroken(messages: number): void {
    if (messages > 0) this.#count('ERR_TRUNCATED', messages);
  }

  #count(code: string, messages: number): void {
    this.undecoded.set(code, (this.undecoded.get(code) ?? 0) + messages);
  }
}
