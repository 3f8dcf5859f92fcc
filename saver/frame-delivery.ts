import type { FinishedFrame, FrameReceiver } from './frame-sink.js';

/** Place of a frame in the order of its connection's frames. */
export class FramePlace {
  readonly #delivery: FrameDelivery;
  readonly #fromMs: number;
  readonly #untilMs: number;
  /** The frame; undefined until it is known, and without one. */
  frame: FinishedFrame | undefined;
  isKnown = false;

  constructor(delivery: FrameDelivery, fromMs: number, untilMs: number) {
    this.#delivery = delivery;
    this.#fromMs = fromMs;
    this.#untilMs = untilMs;
  }

  /** Puts the frame in its place. */
  finished(bytes: Buffer, records: number, hasMetadata: boolean): void {
    this.frame = { bytes, records, hasMetadata, fromMs: this.#fromMs, untilMs: this.#untilMs };
    this.#known();
  }

  /** Notes that some of the records will not be in the frame. */
  lost(records: number): void {
    this.#delivery.receiver.lost(records);
  }

  /** Notes that there will be no frame, and its records are lost. */
  dropped(records: number): void {
    this.lost(records);
    this.#known();
  }

  #known(): void {
    this.isKnown = true;
    this.#delivery.deliver();
  }
}

/** Hands the frames of a connection to their receiver in order: a pool may finish a later one first. */
export class FrameDelivery {
  readonly receiver: FrameReceiver;
  readonly #places: FramePlace[] = [];

  constructor(receiver: FrameReceiver) {
    this.receiver = receiver;
  }

  /** Returns the place of the next frame; see {@link FinishedFrame} for its times. */
  next(fromMs: number, untilMs: number): FramePlace {
    const place = new FramePlace(this, fromMs, untilMs);
    this.#places.push(place);
    return place;
  }

  /** Hands over the frames before the first that is not finished. */
  deliver(): void {
    for (let first = this.#places[0]; first?.isKnown === true; first = this.#places[0]) {
      this.#places.shift();
      if (first.frame !== undefined) this.receiver.frame(first.frame);
    }
  }
}
