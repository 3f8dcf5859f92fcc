import { newObservation, type Observation, observe } from '../../analysis/index.js';
import {
  decodeInetDiagMsg,
  INET_DIAG_MSG_ID_OFFSET,
  INET_DIAG_SKV6ONLY,
  INET_DIAG_SOCKID,
  type InetDiagMsg,
} from '../../inetdiag/index.js';
import { fieldOf, NLMSG_HDRLEN } from '../../netlink/index.js';
import { type ArchivedRecord, parseNetlinkMessage, ZERO_TIMESTAMP } from '../../parse/index.js';
import { RecordView } from '../../parse/snapshot/index.js';
import { TcpState } from '../../tcp/index.js';
import type { Listener } from '../attribution/index.js';

/** One message on a socket: its header, and the values that its attributes show. */
export interface SocketRecord {
  readonly socket: InetDiagMsg;
  /** Reused by the next message. */
  readonly observation: Observation;
  /** INET_DIAG_SKV6ONLY; undefined if the kernel did not send it. */
  readonly isV6only: boolean | undefined;
}

const SPORT = NLMSG_HDRLEN + INET_DIAG_MSG_ID_OFFSET + fieldOf(INET_DIAG_SOCKID, 'sport').offset;

/** Returns the local port of a netlink message on a socket, without decoding anything else; 0 if it is too short. */
export function localPortOf(message: Uint8Array): number {
  return ((message[SPORT] ?? 0) << 8) | (message[SPORT + 1] ?? 0);
}

/** Decoder of messages on sockets. One object serves many messages. */
export class SocketReader {
  readonly #view = new RecordView();
  readonly #observation = newObservation();

  /** Decodes a netlink message with its `nlmsghdr`. @throws DecodeError for a broken message */
  readMessage(message: Uint8Array): SocketRecord {
    const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
    return this.read(parseNetlinkMessage(bytes, ZERO_TIMESTAMP));
  }

  /** Decodes the message of a listening socket; undefined for another state. @throws DecodeError for a broken message */
  readListener(message: Uint8Array): Listener | undefined {
    const { socket, isV6only } = this.readMessage(message);
    if (socket.state !== TcpState.LISTEN) return undefined;
    const { family, id, rqueue: queued, wqueue: backlog } = socket;
    return { namespace: 0, family, id, isV6only, queued, backlog };
  }

  /** Decodes a record. @throws DecodeError for a broken record */
  read(record: ArchivedRecord): SocketRecord {
    this.#view.load(record);
    const { rawIdm = new Uint8Array() } = record;
    const v6only = this.#view.payload(INET_DIAG_SKV6ONLY)?.[0];
    return {
      socket: decodeInetDiagMsg(rawIdm),
      observation: observe(this.#view, this.#observation),
      isV6only: v6only === undefined ? undefined : v6only !== 0,
    };
  }
}
