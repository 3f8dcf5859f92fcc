import { eventKindOf, type KernelEventKind, readConntrackHeader } from '../message.js';
import { type FlowLayout, hasLayout, learnLayout } from './flow-layout.js';
import { FlowTexts } from './flow-texts.js';
import { lineSteps } from './line-steps.js';
import type { PlainLayout } from './line-writer.js';

/** Maximum number of layouts of messages of one length, and of such lengths. */
const MAX_LAYOUTS = 16;
const MAX_LENGTHS = 64;

/** Layout of messages, and what else they have in common. */
export interface KnownLayout {
  readonly layout: FlowLayout;
  /** Kind of the event, if it is one. */
  readonly kernelKind: KernelEventKind;
  /** Undefined if the values of such messages are written from a decoded flow. */
  readonly plain: PlainLayout | undefined;
}

/** Layouts of the messages up to now. Their number is bounded: the earliest one is forgotten. */
export class KnownLayouts {
  readonly #byLength = new Map<number, KnownLayout[]>();
  #last: KnownLayout | undefined;

  /** Returns the layout of the message at `at`; undefined if it is not known, or if the message is not whole. */
  find(view: DataView, at: number): KnownLayout | undefined {
    if (at + 4 > view.byteLength) return undefined;
    const length = view.getUint32(at, true);
    if (at + length > view.byteLength) return undefined;
    const last = this.#last;
    if (last !== undefined && hasLayout(last.layout, view, at)) return last;
    const known = this.#byLength.get(length)?.find(({ layout }) => hasLayout(layout, view, at));
    if (known !== undefined) this.#last = known;
    return known;
  }

  /** Learns the layout of a message that was decoded. */
  learn(bytes: Uint8Array, at: number): void {
    const { message, flags, end } = readConntrackHeader(bytes, at);
    const layout = learnLayout(bytes.subarray(at, end));
    const { places } = layout;
    const plain = places === undefined ? undefined : { places, steps: lineSteps(places), texts: new FlowTexts(places) };
    const known = { layout, kernelKind: eventKindOf({ message, flags }), plain };
    const others = this.#byLength.get(end - at) ?? [];
    if (this.#byLength.size >= MAX_LENGTHS) this.#byLength.clear();
    this.#byLength.set(end - at, [known, ...others].slice(0, MAX_LAYOUTS));
  }
}
