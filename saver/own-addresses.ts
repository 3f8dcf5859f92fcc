import { addressKey, parseAddress } from '../netlink/index.js';

/** How often the addresses of interfaces are read again, milliseconds. */
const REFRESH_MS = 60_000;
/** ... and how often at most: after a failure, and for a source that nobody knows. */
const RETRY_MS = 1000;
/** Reading takes this part of the time at most. */
const MAX_SHARE = 1 / 100;
/** Sources that are remembered: of a machine that has whole networks routed to itself, the newest. */
const MAX_SOURCES = 16_384;

/** What {@link OwnAddresses} does its work with. */
export interface OwnAddressesOptions {
  /** A clock in milliseconds that never goes backwards. */
  readonly nowMs?: () => number;
  /** The addresses of all interfaces, as text. May throw. */
  readonly read: () => readonly string[];
  /** Told when they cannot be read; those known before are kept. */
  readonly onFailure: (error: unknown) => void;
  /** Told when they were read. */
  readonly onSuccess?: () => void;
}

/**
 * Tells the addresses of a network namespace from others, by `addressKey`: those of its interfaces, which are read now
 * and again once a minute, and sources of sockets. An address that was once its own stays so. While nothing can be read
 * there are none: too much is anonymised then, not too little.
 */
export class OwnAddresses {
  readonly #nowMs: () => number;
  readonly #options: OwnAddressesOptions;
  readonly #keys = new Set<string>();
  readonly #sources = new Set<string>();
  /** When the addresses are read again, at the latest and at the earliest. */
  #refreshAtMs = 0;
  #retryAtMs = 0;

  constructor(options: OwnAddressesOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#refresh(this.#nowMs());
  }

  /** Whether an address is one of them. */
  has(key: string): boolean {
    const nowMs = this.#nowMs();
    if (nowMs >= this.#refreshAtMs) this.#refresh(nowMs);
    return this.#keys.has(key) || this.#sources.has(key);
  }

  /**
   * Whether a socket's source is one of them. It mostly is, so the addresses are read again for one that is not known: it
   * may be a new one.
   */
  hasSource(key: string): boolean {
    if (this.has(key)) return true;
    const nowMs = this.#nowMs();
    if (nowMs < this.#retryAtMs) return false;
    this.#refresh(nowMs);
    return this.#keys.has(key);
  }

  /** Takes an address that is known to be one of them, such as one that is routed here and on no interface. */
  learn(key: string): void {
    if (this.#keys.has(key) || this.#sources.has(key)) return;
    const [oldest] = this.#sources;
    if (oldest !== undefined && this.#sources.size >= MAX_SOURCES) this.#sources.delete(oldest);
    this.#sources.add(key);
  }

  #refresh(nowMs: number): void {
    const { read, onFailure, onSuccess } = this.#options;
    let waitMs = REFRESH_MS;
    try {
      // It opens a socket, for which there may be no descriptor left.
      for (const text of read()) {
        const address = parseAddress(text);
        if (address !== undefined) this.#keys.add(addressKey(address.bytes, address.family));
      }
      onSuccess?.();
    } catch (error) {
      waitMs = RETRY_MS;
      onFailure(error);
    }
    const tookMs = this.#nowMs() - nowMs;
    this.#retryAtMs = nowMs + Math.max(RETRY_MS, tookMs / MAX_SHARE);
    this.#refreshAtMs = Math.max(this.#retryAtMs, nowMs + waitMs);
  }
}
