import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ExpositionFormat } from './exposition.js';

const gzipAsync = promisify(gzip);

/** Rendered metrics, of which all who get them share the bytes. */
export class Page {
  readonly plain: Buffer;
  /** Beginning of the rendering, by `performance.now()`. */
  readonly startedMs: number;
  #packed: Promise<Buffer> | undefined;

  constructor(text: string, startedMs: number) {
    this.plain = Buffer.from(text);
    this.startedMs = startedMs;
  }

  /** The page compressed, once for all who ask. */
  packed(): Promise<Buffer> {
    this.#packed ??= gzipAsync(this.plain);
    return this.#packed;
  }
}

/** Age up to which another machine gets a page that was rendered for someone else. */
const SHARED_MS = 1000;

/** Time between two renderings for this machine itself: a rendering takes the main thread milliseconds. */
const FRESH_SPACING_MS = 50;

/** Waits for so many milliseconds. */
export type Sleep = (ms: number) => Promise<unknown>;

/**
 * The pages of one format. However many ask, and however often, the page is rendered at most 20 times a second for this
 * machine, and at most once a second for all others together.
 */
export class Pages {
  readonly #render: () => Promise<string>;
  readonly #sleep: Sleep;
  #latest: Promise<Page> | undefined;
  #latestStartedMs = Number.NEGATIVE_INFINITY;
  #next: Promise<Page> | undefined;

  constructor(render: () => Promise<string>, sleep: Sleep) {
    this.#render = render;
    this.#sleep = sleep;
  }

  /** A page that is rendered after this call. */
  fresh(): Promise<Page> {
    this.#next ??= this.#renderNext();
    return this.#next;
  }

  /** A page that is a second old at most. */
  shared(): Promise<Page> {
    const isRecent = performance.now() - this.#latestStartedMs < SHARED_MS;
    return isRecent && this.#latest !== undefined ? this.#latest : this.fresh();
  }

  async #renderNext(): Promise<Page> {
    const waitMs = this.#latestStartedMs + FRESH_SPACING_MS - performance.now();
    // Whoever asks until then gets this page too.
    if (waitMs > 0) await this.#sleep(waitMs);
    else await Promise.resolve();
    const startedMs = performance.now();
    this.#next = undefined;
    this.#latestStartedMs = startedMs;
    const page = this.#render().then((text) => new Page(text, startedMs));
    this.#latest = page;
    page.catch(() => {
      // A failure is reported to those who wait for it, and not kept.
      if (this.#latest === page) this.#latest = undefined;
    });
    return await page;
  }
}

/** The pages of every format. */
export type PagesByFormat = Readonly<Record<ExpositionFormat, Pages>>;
