type Values = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** Numbers that fit, without the one that stands for null. */
const WIDTHS = [
  { Values: Uint8Array, max: 0xff - 1 },
  { Values: Uint16Array, max: 0xffff - 1 },
  { Values: Uint32Array, max: 0xffff_ffff - 1 },
] as const;

const FIRST_CAPACITY = 64;

/**
 * Numbers of many rows, null if unknown, in as few bytes each as the largest of them takes: 1, 2 or 4 for whole numbers,
 * else 8. Whole numbers are stored plus one, so that 0 is null.
 */
export class NumberColumn {
  #values: Values = new Uint8Array(FIRST_CAPACITY);
  #max: number = WIDTHS[0].max;
  #isExact = false;
  #length = 0;

  add(value: number | null): void {
    if (!this.#isExact && value !== null && !fits(value, this.#max)) this.#widen(value);
    if (this.#length === this.#values.length) this.#values = resized(this.#values, 2 * this.#length);
    this.#values[this.#length++] = this.#isExact ? (value ?? Number.NaN) : value === null ? 0 : value + 1;
  }

  get(index: number): number | null {
    const value = this.#values[index] ?? Number.NaN;
    if (this.#isExact) return Number.isNaN(value) ? null : value;
    return value === 0 ? null : value - 1;
  }

  /** Releases memory for further numbers. */
  trim(): void {
    this.#values = resized(this.#values, this.#length);
  }

  /** Size in memory. */
  get bytes(): number {
    return this.#values.byteLength;
  }

  #widen(value: number): void {
    const width = WIDTHS.find(({ max }) => fits(value, max));
    this.#isExact = width === undefined;
    this.#max = width?.max ?? 0;
    const wider = new (width?.Values ?? Float64Array)(this.#values.length);
    if (this.#isExact) {
      for (let i = 0; i < this.#length; i++) {
        const stored = this.#values[i] ?? 0;
        wider[i] = stored === 0 ? Number.NaN : stored - 1;
      }
    } else {
      wider.set(this.#values);
    }
    this.#values = wider;
  }
}

function fits(value: number, max: number): boolean {
  return value >= 0 && value <= max && Number.isInteger(value) && !Object.is(value, -0);
}

function resized<T extends Values>(values: T, length: number): Values {
  if (length <= values.length) return values.slice(0, length);
  const Type = values.constructor as new (length: number) => Values;
  const larger = new Type(length);
  larger.set(values);
  return larger;
}
