import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ExpositionFormat } from '../../metrics/index.js';

const gzipAsync = promisify(gzip);

/** Rendered metrics. All clients that get the page share its bytes. */
export class Page {
  readonly plain: Buffer;
  /** Start of the rendering, by `performance.now()`. */
  readonly startedMs: number;
  #packed: Promise<Buffer> | undefined;

  constructor(text: string, startedMs: number) {
    this.plain = Buffer.from(text);
    this.startedMs = startedMs;
  }

  /** Compresses the page, once for all clients. */
  packed(): Promise<Buffer> {
    this.#packed ??= gzipAsync(this.plain);
    return this.#packed;
  }
}

/** Maximum age of a page that another machine gets from an earlier rendering. */
const SHARED_MS = 1000;

/** Minimum time between two renderings for this machine: a rendering takes the main thread milliseconds. */
const FRESH_SPACING_MS = 50;

/** Function that waits for a number of milliseconds. */
export type Sleep = (ms: number) => Promise<unknown>;

/**
 * Pages of one format. For any number of requests, a page is rendered at most 20 times a second for this machine, and
 * at most once a second for all others together.
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

  /** Returns a page that is rendered after this call. */
  fresh(): Promise<Page> {
    this.#next ??= this.#renderNext();
    return this.#next;
  }

  /** Returns a page that is at most one second old. */
  shared(): Promise<Page> {
    const isRecent = performance.now() - this.#latestStartedMs < SHARED_MS;
    return isRecent && this.#latest !== undefined ? this.#latest : this.fresh();
  }

  async #renderNext(): Promise<Page> {
    const waitMs = this.#latestStartedMs + FRESH_SPACING_MS - performance.now();
    // Requests that arrive during the wait get this page too.
    if (waitMs > 0) await this.#sleep(waitMs);
    else await Promise.resolve();
    const startedMs = performance.now();
    this.#next = undefined;
    this.#latestStartedMs = startedMs;
    const page = this.#render().then((text) => new Page(text, startedMs));
    this.#latest = page;
    page.catch(() => {
      // Waiting clients get the error; the failed page is not kept.
      if (this.#latest === page) this.#latest = undefined;
    });
    return await page;
  }
}

/** Pages of every format. */
export type PagesByFormat = Readonly<Record<ExpositionFormat, Pages>>;
