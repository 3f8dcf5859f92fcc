import { type Flow, flowLine } from '../../conntrack/index.js';
import { type NamespaceRows, uuidsOf } from './flow-uuids.js';
import type { Pacer } from './pacer.js';

const CHUNK_CHARACTERS = 64 * 1024;

/** Options of {@link PageWriter}. */
export interface PageWriterOptions {
  /** Connections whose UUIDs flows get, and their network namespace; absent: flows get none. */
  readonly rows: NamespaceRows | undefined;
  /** Time of the listing. */
  readonly time: string;
  readonly isLocal: (address: string) => boolean;
  readonly pacer: Pacer;
}

/** Writer of pages of flows as members of a JSON list, in slices. It keeps their bytes and no flow. */
export class PageWriter {
  readonly #options: PageWriterOptions;
  readonly #chunks: Uint8Array[] = [];
  #text = '';
  #isFirst = true;

  constructor(options: PageWriterOptions) {
    this.#options = options;
  }

  async write(flows: readonly Flow[]): Promise<void> {
    const { rows, time, isLocal, pacer } = this.#options;
    const uuids = rows === undefined ? undefined : await pacer.run(uuidsOf(flows, isLocal, rows));
    for (const flow of flows) {
      const uuid = uuids?.get(flow);
      const line = flowLine(flow, { time, isLocal, ...(uuid === undefined ? {} : { more: { uuid } }) });
      this.#text += this.#isFirst ? line : `,${line}`;
      this.#isFirst = false;
      if (this.#text.length >= CHUNK_CHARACTERS) this.#cut();
      await pacer.pause();
    }
  }

  /** Returns the bytes of all flows. */
  take(): readonly Uint8Array[] {
    this.#cut();
    return this.#chunks;
  }

  #cut(): void {
    this.#chunks.push(Buffer.from(this.#text));
    this.#text = '';
  }
}
