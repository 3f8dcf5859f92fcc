import type { ConntrackDecoder } from '../decoder.js';
import type { Flow } from '../flow.js';
import { flowLine } from '../flow-line.js';
import type { FlowEvent, KernelEventKind } from '../message.js';
import { type FlowEventKind, flowEventKind } from '../phase.js';
import type { FlowLayout, FlowPlaces } from './flow-layout.js';
import type { IdentityText } from './flow-texts.js';
import { KnownLayouts } from './known-layouts.js';
import { LineBytes } from './line-bytes.js';
import type { LineSteps } from './line-steps.js';
import { LineWriter, type PlainLayout } from './line-writer.js';
import { asciiBytes, putBytes } from './put.js';

const FLOW = asciiBytes('{');
const RESYNC = asciiBytes('{"event":"resync",');
const PORT_ID_AT = 12;

/** Parts of the line of a message. */
export interface LineParts {
  readonly layout: FlowLayout;
  readonly places: FlowPlaces;
  readonly steps: LineSteps;
  /** Values of {@link Step.IDENTITY} and {@link Step.DETAILS}. */
  readonly identity: Uint8Array;
  readonly details: Uint8Array;
}

/**
 * Flows and events in packed messages as lines of JSON: the bytes of `flowLine` and of a line end. Most flows are never
 * decoded: their values go from bytes to bytes.
 *
 * ```ts
 * lines.begin(batch.data, new Date().toISOString());
 * for (const at of offsets) lines.addFlow(decoder, at);
 * await write(lines.take());
 * ```
 */
export class FlowLines {
  readonly #isLocal: (address: string) => boolean;
  readonly #bytes = new LineBytes();
  readonly #layouts = new KnownLayouts();
  readonly #writer: LineWriter;
  #data: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#data.buffer);
  #time = '';

  /** @param isLocal returns whether an address belongs to this machine; asked again in each batch */
  constructor(isLocal: (address: string) => boolean) {
    this.#isLocal = isLocal;
    this.#writer = new LineWriter(isLocal);
  }

  /** Number of bytes since the last {@link take}. */
  get length(): number {
    return this.#bytes.length;
  }

  /**
   * Begins a batch.
   * @param data packed messages
   * @param time RFC 3339, for lines without a time of the kernel
   */
  begin(data: Uint8Array, time: string): void {
    this.#data = data;
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.#time = time;
    this.#writer.begin(data, this.#view, time);
  }

  /**
   * Adds the line of the flow in a message of the batch.
   * @param decoded the same flow, if it was decoded already
   * @throws DecodeError
   */
  addFlow(decoder: ConntrackDecoder, at: number, event?: 'resync', decoded?: Flow): void {
    const known = this.#layouts.find(this.#view, at);
    if (known?.plain !== undefined && this.#writer.canWrite(known.plain, at)) {
      const { kernelKind, plain } = known;
      const identity = plain.texts.identity(decoder, kernelKind, this.#data, this.#view, at);
      this.#write(event === undefined ? FLOW : RESYNC, plain, decoder, at, identity, 0);
      return;
    }
    const flow = decoded ?? decoder.flow(this.#data, at);
    const options = { time: this.#time, isLocal: this.#isLocal };
    this.addText(flowLine(flow, event === undefined ? options : { ...options, event }));
    if (known === undefined) this.#layouts.learn(this.#data, at);
  }

  /**
   * Adds the line of the event in a message of the batch if its kind is wanted. Returns the kernel's kind.
   * @param decoded the same event, if it was decoded already
   * @throws DecodeError
   */
  addEvent(
    decoder: ConntrackDecoder,
    at: number,
    wanted: ReadonlySet<FlowEventKind>,
    decoded?: FlowEvent,
  ): KernelEventKind {
    const known = this.#layouts.find(this.#view, at);
    if (known?.plain !== undefined && this.#writer.canWrite(known.plain, at)) {
      const { kernelKind, plain } = known;
      const identity = plain.texts.identity(decoder, kernelKind, this.#data, this.#view, at);
      const portId = kernelKind === 'destroy' ? this.#view.getUint32(at + PORT_ID_AT, true) : 0;
      if (!wanted.has(identity.eventKind)) return kernelKind;
      this.#write(identity.beginning, plain, decoder, at, identity, portId);
      return kernelKind;
    }
    const { kind, flow, portId } = decoded ?? decoder.event(this.#data, at);
    const event = flowEventKind({ kind, flow, portId });
    if (wanted.has(event)) {
      this.addText(flowLine(flow, { event, time: this.#time, isLocal: this.#isLocal, portId }));
    }
    if (known === undefined) this.#layouts.learn(this.#data, at);
    return kind;
  }

  /** Memory of the lines, for a writer that writes several at once. */
  get bytes(): LineBytes {
    return this.#bytes;
  }

  /**
   * Returns the parts of the line of a message of the batch; undefined if it is written from a decoded flow, or if no
   * flow of its layout was added yet.
   * @throws DecodeError
   */
  partsOf(decoder: ConntrackDecoder, at: number): LineParts | undefined {
    const known = this.#layouts.find(this.#view, at);
    if (known?.plain === undefined) return undefined;
    const { places, steps, texts } = known.plain;
    const identity = texts.identity(decoder, known.kernelKind, this.#data, this.#view, at).bytes;
    const details = texts.details(decoder, this.#data, this.#view, at);
    return { layout: known.layout, places, steps, identity, details };
  }

  /** Adds a line. */
  addText(text: string): void {
    this.#bytes.addText(text);
  }

  /** Returns the lines since the last call. They are valid until they are given back. */
  take(): Uint8Array {
    return this.#bytes.take();
  }

  /** Discards the lines since the last {@link take}. */
  clear(): void {
    this.#bytes.length = 0;
  }

  /** Gives the memory of lines back, to be used again. */
  giveBack(lines: Uint8Array): void {
    this.#bytes.giveBack(lines);
  }

  #write(
    beginning: Uint8Array,
    plain: PlainLayout,
    decoder: ConntrackDecoder,
    at: number,
    identity: IdentityText,
    portId: number,
  ): void {
    const lines = this.#bytes;
    lines.makeRoom();
    const from = putBytes(lines.out, lines.length, beginning);
    lines.length = this.#writer.write(lines.out, from, plain, decoder, at, identity, portId);
  }
}
