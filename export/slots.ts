/** Value of an attribute as the reference reads it. A slot serves all records, so that no row allocates memory. */
export interface AttributeSlot {
  /** Clears the value. */
  clear(): void;
  /** Stores a payload. Returns whether the reference would report that it understood all of it. */
  load(payload: Uint8Array): boolean;
  /** Loads the byte that changed at this offset of the payload; its length is the same as before. */
  loadByte(payload: Uint8Array, offset: number): void;
}

/**
 * Slot of a struct. A payload shorter than the reference's struct is padded with 0, the tail of a longer one is
 * ignored.
 */
export class StructSlot implements AttributeSlot {
  /** True if the record has the struct. */
  present = false;
  /** Bytes of the struct; undefined content unless the struct is `present`. */
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

  loadByte(payload: Uint8Array, offset: number): void {
    if (offset < this.#bytes.length) this.#bytes[offset] = payload[offset] ?? 0;
  }
}

/** Slot of an attribute's first byte; 0 if it is absent or empty. */
export class ByteSlot implements AttributeSlot {
  value = 0;

  clear(): void {
    this.value = 0;
  }

  load(payload: Uint8Array): boolean {
    this.value = payload[0] ?? 0;
    return payload.length > 0;
  }

  loadByte(payload: Uint8Array): void {
    this.load(payload);
  }
}

/** Slot of a four-byte attribute in host order; 0 if it is absent or has another length. */
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

  loadByte(payload: Uint8Array): void {
    this.load(payload);
  }
}

/** Slot of a text attribute, without its final NUL, as bytes; empty if it is absent or empty. */
export class NameSlot implements AttributeSlot {
  #last: Uint8Array = EMPTY;
  #present = false;

  /** Bytes of the text, which stay unchanged when the next record is loaded. */
  get value(): Uint8Array {
    return this.#present ? this.#last : EMPTY;
  }

  clear(): void {
    this.#present = false;
  }

  load(payload: Uint8Array): boolean {
    // As the reference: all but the last byte, not up to the first NUL.
    const length = Math.max(0, payload.length - 1);
    const last = this.#last;
    let same = length === last.length;
    for (let i = 0; same && i < length; i++) same = payload[i] === last[i];
    // A copy, since the payload's memory may be reused; usually the name equals that of the previous record.
    if (!same) this.#last = new Uint8Array(payload.subarray(0, length));
    this.#present = true;
    return true;
  }

  loadByte(payload: Uint8Array): void {
    this.load(payload);
  }
}

const EMPTY = new Uint8Array(0);
