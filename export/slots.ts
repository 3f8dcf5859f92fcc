/**
 * Where the values of a record lie while it is being exported, as the reference reads them. A slot serves record after
 * record: nothing is allocated for a row.
 */
export interface AttributeSlot {
  /** Forgets the value. */
  clear(): void;
  /** Takes a payload; returns whether the reference would say that it understood all of it. */
  load(payload: Uint8Array): boolean;
}

/** A struct: of a payload shorter than the reference's struct the rest is 0, of a longer one the tail is passed over. */
export class StructSlot implements AttributeSlot {
  /** Whether there is one. */
  present = false;
  /** Its bytes, which mean nothing while the struct is not `present`. */
  readonly view: DataView;

  readonly #bytes: Uint8Array;

  /** @param size bytes of the reference's struct */
  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
    this.view = new DataView(this.#bytes.buffer);
  }

  clear(): void {
    this.present = false;
  }

  load(payload: Uint8Array): boolean {
    const size = this.#bytes.length;
    this.present = true;
    this.#bytes.set(payload.length > size ? payload.subarray(0, size) : payload);
    if (payload.length < size) this.#bytes.fill(0, payload.length);
    return payload.length <= size;
  }
}

/** The first byte of an attribute; 0 when it is absent or empty. */
export class ByteSlot implements AttributeSlot {
  value = 0;

  clear(): void {
    this.value = 0;
  }

  load(payload: Uint8Array): boolean {
    this.value = payload[0] ?? 0;
    return payload.length > 0;
  }
}

/** An attribute of exactly four bytes, host order; 0 when it is absent or of another length. */
export class WordSlot implements AttributeSlot {
  value = 0;

  clear(): void {
    this.value = 0;
  }

  load(payload: Uint8Array): boolean {
    if (payload.length !== 4) return false;
    this.value = new DataView(payload.buffer, payload.byteOffset, 4).getUint32(0, true);
    return true;
  }
}

/** An attribute that is text with a NUL behind it, as the bytes before; empty when it is absent or empty. */
export class NameSlot implements AttributeSlot {
  #last: Uint8Array = EMPTY;
  #present = false;

  /** Stays the same bytes when the next record is loaded. */
  get value(): Uint8Array {
    return this.#present ? this.#last : EMPTY;
  }

  clear(): void {
    this.#present = false;
  }

  load(payload: Uint8Array): boolean {
    // Not up to the first NUL: all but the last byte, whatever it is.
    const length = Math.max(0, payload.length - 1);
    const last = this.#last;
    let same = length === last.length;
    for (let i = 0; same && i < length; i++) same = payload[i] === last[i];
    // A copy, since the payload's memory may be used again; mostly it is the name of the record before.
    if (!same) this.#last = new Uint8Array(payload.subarray(0, length));
    this.#present = true;
    return true;
  }
}

const EMPTY = new Uint8Array(0);
