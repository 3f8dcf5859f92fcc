import { fillMoment, newDerived, newObservation, type Observation, observe } from '../analysis/index.js';
import {
  comparableAddress,
  decodeInetDiagMsg,
  INET_DIAG_MSG_ID_OFFSET,
  INET_DIAG_SOCKID,
  type InetDiagMsg,
} from '../inetdiag/index.js';
import { fieldOf } from '../netlink/index.js';
import { parseNetlinkMessage, ZERO_TIMESTAMP } from '../parse/index.js';
import { RecordView } from '../parse/snapshot/index.js';
import type { Moment } from './now-fields.js';

/** Network namespace of listed sockets. */
export interface SocketPlace {
  /** Name; null in the own namespace. */
  readonly netnsName: string | null;
  /** Inode of the namespace; null in the own one. */
  readonly netnsInode: number | null;
}

const ADDRESS_BYTES = 16;
const addressAt = (name: 'src' | 'dst'): number => INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, name).offset;
const [SRC_AT, DST_AT] = [addressAt('src'), addressAt('dst')];

/**
 * Row of expressions on the sockets of one listing of the kernel, without a collector: what one message shows. One
 * object serves a whole listing; its values are those of the message that was loaded last.
 */
export class SocketRow {
  readonly #view = new RecordView();
  readonly #observation: Observation = newObservation();
  readonly #derived = newDerived();
  readonly #uuidPrefix: string;
  readonly place: SocketPlace;
  #rawIdm: Uint8Array = new Uint8Array();
  #message: InetDiagMsg | undefined;
  #hasMoment = false;

  /** @param uuidPrefix prefix of UUIDs */
  constructor(uuidPrefix: string, place: SocketPlace) {
    this.#uuidPrefix = uuidPrefix;
    this.place = place;
  }

  /**
   * Replaces the message of this row.
   * @param message netlink message with its `nlmsghdr`, as a listing has it; its bytes must stay until the next `load`
   * @throws DecodeError for a broken message
   */
  load(message: Buffer): void {
    const record = parseNetlinkMessage(message, ZERO_TIMESTAMP);
    this.#view.load(record);
    this.#rawIdm = record.rawIdm;
    this.#message = undefined;
    this.#hasMoment = false;
  }

  /** Header of the message, decoded: identity, state, owner. */
  get socket(): InetDiagMsg {
    this.#message ??= decodeInetDiagMsg(this.#rawIdm);
    return this.#message;
  }

  /** Values of the moment; those that take two records are null. */
  get now(): Moment {
    if (!this.#hasMoment) {
      observe(this.#view, this.#observation);
      fillMoment(this.#observation, this.#derived);
      this.#hasMoment = true;
    }
    return { observation: this.#observation, derived: this.#derived };
  }

  /** UUID of the connection. */
  get uuid(): string {
    return `${this.#uuidPrefix}_${this.#view.cookie}`;
  }

  /** Local address as text. */
  get localAddress(): string {
    return this.#view.source;
  }

  /** Remote address as text. */
  get remoteAddress(): string {
    return this.#view.destination;
  }

  /** 16 bytes of the local address, as `comparableAddress` returns them. */
  get localBytes(): Uint8Array {
    return this.#addressAt(SRC_AT);
  }

  /** 16 bytes of the remote address. */
  get remoteBytes(): Uint8Array {
    return this.#addressAt(DST_AT);
  }

  /**
   * Time since payload last moved in either direction, or since the handshake if none ever did, in milliseconds. Keep-alive
   * probes and their answers do not count. Null without tcp_info.
   */
  get idleMs(): number | null {
    const { lastDataSentMs, lastDataRecvMs } = this.now.observation;
    return lastDataSentMs === null || lastDataRecvMs === null ? null : Math.min(lastDataSentMs, lastDataRecvMs);
  }

  #addressAt(at: number): Uint8Array {
    return comparableAddress(this.#rawIdm.slice(at, at + ADDRESS_BYTES), this.socket.family);
  }
}
