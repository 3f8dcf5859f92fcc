import { formatPrefix, type Prefix, PrefixMap } from '../../inetdiag/index.js';

/** Most prefixes that are refused at a time. */
export const MAX_BANS = 65_536;

/** Thrown when {@link MAX_BANS} prefixes are refused already. */
export class TooManyBansError extends Error {
  override readonly name = 'TooManyBansError';
  readonly code = 'ERR_TOO_MANY_BANS';

  constructor() {
    super(`${MAX_BANS} prefixes are refused already: release some, or refuse a larger prefix`);
  }
}

/** Milliseconds between two sweeps for expired prefixes. */
const SWEEP_MS = 10_000;

/** Addresses that were refused while the program runs, in addition to a configured list. */
export class Bans {
  /** Times in milliseconds until which each prefix is refused; infinite until it is released. */
  readonly #until = new PrefixMap<number>();
  #sweptMs = Number.NEGATIVE_INFINITY;
  /** True if a prefix has an end. */
  #canExpire = false;

  /** Number of refused prefixes, expired ones too until they are forgotten. */
  get size(): number {
    return this.#until.size;
  }

  /**
   * Refuses a prefix; a second call replaces the time.
   * @param forMs undefined: until it is released
   * @throws TooManyBansError
   */
  ban(prefix: Prefix, nowMs: number, forMs: number = Number.POSITIVE_INFINITY): void {
    if (this.size >= MAX_BANS && this.#until.get(prefix) === undefined) {
      this.#sweep(nowMs);
      if (this.size >= MAX_BANS) throw new TooManyBansError();
    }
    this.#until.set(prefix, nowMs + forMs);
    if (Number.isFinite(forMs)) this.#canExpire = true;
  }

  /** Releases exactly this prefix. Returns whether it was refused. */
  release(prefix: Prefix, nowMs: number): boolean {
    const untilMs = this.#until.get(prefix);
    this.#until.delete(prefix);
    return untilMs !== undefined && untilMs > nowMs;
  }

  /** Returns whether an address, as 16 bytes, is refused. */
  has(address: Uint8Array, nowMs: number): boolean {
    return this.#until.some(address, (untilMs) => untilMs > nowMs);
  }

  /** Forgets what has expired, now and then: {@link has} is exact without it. */
  expire(nowMs: number): void {
    if (this.#canExpire && nowMs >= this.#sweptMs + SWEEP_MS) this.#sweep(nowMs);
  }

  /** Lists refused prefixes with their times, for answers. */
  list(nowMs: number): { readonly prefix: string; readonly untilMs: number | undefined }[] {
    return Array.from(this.#until.entries()).flatMap(([prefix, untilMs]) =>
      untilMs > nowMs
        ? [{ prefix: formatPrefix(prefix), untilMs: Number.isFinite(untilMs) ? untilMs : undefined }]
        : [],
    );
  }

  #sweep(nowMs: number): void {
    this.#sweptMs = nowMs;
    this.#canExpire = false;
    for (const [prefix, untilMs] of this.#until.entries()) {
      if (untilMs <= nowMs) this.#until.delete(prefix);
      else if (Number.isFinite(untilMs)) this.#canExpire = true;
    }
  }
}
