import { fieldOf } from '../netlink/index.js';
import { TCP_INFO } from '../tcp/index.js';
import { INET_DIAG_INFO, INET_DIAG_MD5SIG } from './constants.js';
import { INET_DIAG_MSG, INET_DIAG_MSG_COOKIE_OFFSET, INET_DIAG_MSG_SIZE } from './inet-diag-msg.js';

/** Half-open byte range `[start, end)`. */
export type ByteRange = readonly [start: number, end: number];

/** Layout of a TCP socket's message, and the bytes that count as a change. Offsets are relative to `nlmsghdr`'s end. */
export interface ChangeShape {
  /** Offset of the cookie, which identifies the socket. */
  readonly keyOffset: number;
  /** Offset of the first attribute. */
  readonly attributesOffset: number;
  readonly mask: {
    readonly header: readonly ByteRange[];
    readonly attributes: readonly { readonly type: number; readonly ranges: readonly ByteRange[] }[];
    readonly ignored: readonly number[];
  };
}

const state = fieldOf(INET_DIAG_MSG, 'state');
const lastDataSent = fieldOf(TCP_INFO, 'lastDataSentMs');
const pmtu = fieldOf(TCP_INFO, 'pmtuBytes');
const deliveryRate = fieldOf(TCP_INFO, 'deliveryRateBytesPerSec');

/**
 * Bytes that count as a change of a TCP socket, as in m-lab/tcp-info: its state; tcp_info from the start to the
 * `last_*` clocks, which always run, and from pmtu to delivery_rate; and every other attribute. The rest of the header
 * and of tcp_info does not count. TCP-MD5 keys are ignored.
 */
export const TCP_CHANGE_SHAPE: ChangeShape = {
  keyOffset: INET_DIAG_MSG_COOKIE_OFFSET,
  attributesOffset: INET_DIAG_MSG_SIZE,
  mask: {
    header: [[state.offset, state.offset + state.size]],
    attributes: [
      {
        type: INET_DIAG_INFO,
        ranges: [
          [0, lastDataSent.offset],
          [pmtu.offset, deliveryRate.offset + deliveryRate.size],
        ],
      },
    ],
    ignored: [INET_DIAG_MD5SIG],
  },
};
