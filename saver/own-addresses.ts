import { addressKey, parseAddress } from '../netlink/index.js';

/** Interval between two reads of the interface addresses, milliseconds. */
const REFRESH_MS = 60_000;
/** Shortest time between two reads, after a failure or for an unknown source address, milliseconds. */
const RETRY_MS = 1000;
/** Largest share of time that reading may take. */
const MAX_SHARE = 1 / 100;
/** Maximum number of remembered source addresses. A machine to which whole networks are routed keeps the newest. */
const MAX_SOURCES = 16_384;

/** Options of {@link OwnAddresses}. */
export interface OwnAddressesOptions {
  /** A clock in milliseconds that never goes backwards. */
  readonly nowMs?: () => number;
  /** Reads the addresses of all interfaces, as text. May throw. */
  readonly read: () => readonly string[];
  /** Called when reading fails; the addresses known before are kept. */
  readonly onFailure: (error: unknown) => void;
  /** Called after a successful read. */
  readonly onSuccess?: () => void;
}

/**
 * Own addresses of a network namespace, by `addressKey`: the addresses of its interfaces, read now and once a minute,
 * and source addresses of sockets. An own address stays one for ever. Until a read succeeds there are no interface
 * addresses: then too much is anonymised, not too little.
 */
export class OwnAddresses {
  readonly #nowMs: () => number;
  readonly #options: OwnAddressesOptions;
  readonly #keys = new Set<string>();
  readonly #sources = new Set<string>();
  /** Latest and earliest time of the next read. */
  #refreshAtMs = 0;
  #retryAtMs = 0;

  constructor(options: OwnAddressesOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#refresh(this.#nowMs());
  }

  /** True when the address is an own one. */
  has(key: string): boolean {
    const nowMs = this.#nowMs();
    if (nowMs >= this.#refreshAtMs) this.#refresh(nowMs);
    return this.#keys.has(key) || this.#sources.has(key);
  }

  /**
   * True when the source address of a socket is an own one. Most are, so an unknown source triggers another read: the
   * address may be new.
   */
  hasSource(key: string): boolean {
    if (this.has(key)) return true;
    const nowMs = this.#nowMs();
    if (nowMs < this.#retryAtMs) return false;
    this.#refresh(nowMs);
    return this.#keys.has(key);
  }

  /** Remembers an address as an own one, such as one that is routed to this machine but is on no interface. */
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
      // Reading opens a socket, which fails when no descriptor is left.
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
