import { fieldOf } from '../netlink/index.js';
import { TCP_INFO } from '../tcp/index.js';
import { INET_DIAG_INFO, INET_DIAG_MD5SIG } from './constants.js';
import { INET_DIAG_MSG, INET_DIAG_MSG_COOKIE_OFFSET, INET_DIAG_MSG_SIZE } from './inet-diag-msg.js';

/** A half-open byte range `[start, end)`. */
export type ByteRange = readonly [start: number, end: number];

/** Where the bytes of a TCP socket's message lie and which of them count as a change; offsets behind `nlmsghdr`. */
export interface ChangeShape {
  /** The cookie, by which a socket is known. */
  readonly keyOffset: number;
  /** Where attributes begin. */
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
 * What counts as a change of a TCP socket: its state; tcp_info from the start to the `last_*` clocks, which always run,
 * and from pmtu to delivery_rate; and every other attribute. What m-lab/tcp-info does not compare does not count: the
 * rest of the header and of tcp_info. A TCP-MD5 key is not looked at.
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
