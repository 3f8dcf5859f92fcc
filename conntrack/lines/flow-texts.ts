import type { ConntrackDecoder } from '../decoder.js';
import { detailsText, identityText } from '../flow-line.js';
import type { KernelEventKind } from '../message.js';
import { type FlowEventKind, flowEventKind } from '../phase.js';
import { ABSENT, type FlowPlaces } from './flow-layout.js';
import { asciiBytes } from './put.js';
import { WordMemo } from './word-memo.js';

/** Members of a line from the family to the status, and the kind of its event. */
export interface IdentityText {
  readonly bytes: Uint8Array;
  readonly eventKind: FlowEventKind;
  /** Beginning of the line of such an event. */
  readonly beginning: Uint8Array;
}

/**
 * Texts of the values that take few combinations in a table, of one layout: they are formatted once from a decoded
 * flow.
 */
export class FlowTexts {
  readonly #places: FlowPlaces;
  readonly #identities = new WordMemo<IdentityText>(2, 8);
  readonly #details = new WordMemo<Uint8Array>(6, 8);

  constructor(places: FlowPlaces) {
    this.#places = places;
  }

  /** Returns the text up to the quote before the first address. */
  identity(
    decoder: ConntrackDecoder,
    kind: KernelEventKind,
    bytes: Uint8Array,
    view: DataView,
    at: number,
  ): IdentityText {
    const { status, zone, tcpState, orig } = this.#places;
    const { key } = this.#identities;
    key[0] = word(view, at, status);
    key[1] = (octet(bytes, at, orig.protocol) << 24) | (octet(bytes, at, tcpState) << 16) | half(view, at, zone);
    const known = this.#identities.find();
    if (known !== undefined) return known;
    const flow = decoder.flow(bytes, at);
    const eventKind = flowEventKind({ kind, flow, portId: 0 });
    return this.#identities.keep({
      bytes: asciiBytes(`,${identityText(flow)}"orig":{"src":"`),
      eventKind,
      beginning: asciiBytes(`{"event":"${eventKind}",`),
    });
  }

  /** Returns the text from the mark to the SYN proxy. */
  details(decoder: ConntrackDecoder, bytes: Uint8Array, view: DataView, at: number): Uint8Array {
    const { mark, use, scaleOrig, scaleReply, flagsOrig, flagsReply, synproxy } = this.#places;
    const { key } = this.#details;
    key[0] = word(view, at, mark);
    key[1] = word(view, at, use);
    const scales = (octet(bytes, at, scaleOrig) << 24) | (octet(bytes, at, scaleReply) << 16);
    key[2] = scales | (octet(bytes, at, flagsOrig) << 8) | octet(bytes, at, flagsReply);
    key[3] = word(view, at, synproxy[0]);
    key[4] = word(view, at, synproxy[1]);
    key[5] = word(view, at, synproxy[2]);
    return this.#details.find() ?? this.#details.keep(asciiBytes(detailsText(decoder.flow(bytes, at))));
  }
}

function word(view: DataView, at: number, place: number): number {
  return place === ABSENT ? 0 : view.getInt32(at + place);
}

function half(view: DataView, at: number, place: number): number {
  return place === ABSENT ? 0 : view.getUint16(at + place);
}

function octet(bytes: Uint8Array, at: number, place: number): number {
  return place === ABSENT ? 0 : (bytes[at + place] ?? 0);
}
