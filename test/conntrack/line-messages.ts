import { capturedMessages } from '../support/fixtures.js';
import { be, message, TUPLES, tuple } from './messages.js';

/** Events as the kernel sent them. */
export const EVENTS: readonly Uint8Array[] = capturedMessages('conntrack/6.18-events.bin');

/** Attributes of counters and times, which these values fill. */
const counted = (packets: bigint, bytes: bigint, start: bigint, stop: bigint): Buffer =>
  message({}, [
    ...TUPLES,
    [3, be(0x1ae, 4)],
    [7, be(431_999, 4)],
    [8, be(7, 4)],
    [
      9,
      [
        [1, be(packets, 8)],
        [2, be(bytes, 8)],
      ],
    ],
    [
      10,
      [
        [1, be(bytes, 8)],
        [2, be(packets, 8)],
      ],
    ],
    [12, be(0xffff_ffff, 4)],
    [
      20,
      [
        [1, be(start, 8)],
        [2, be(stop, 8)],
      ],
    ],
  ]);

/** NATed flow of IPv6 from a mapped address, and one of IPv4 in both ways. */
const TRANSLATED = [
  message({ family: 10 }, [
    [
      1,
      [
        [
          1,
          [
            [3, [...new Array(10).fill(0), 0xff, 0xff, 192, 0, 2, 1]],
            [4, [0x20, 1, 0xd, 0xb8, ...new Array(12).fill(1)]],
          ],
        ],
        [
          2,
          [
            [1, [17]],
            [2, be(53, 2)],
            [3, be(5353, 2)],
          ],
        ],
      ],
    ],
    [
      2,
      [
        [
          1,
          [
            [3, [0xfd, 0x77, ...new Array(13).fill(0), 1]],
            [4, [...new Array(15).fill(0), 1]],
          ],
        ],
        [
          2,
          [
            [1, [17]],
            [2, be(5353, 2)],
            [3, be(53, 2)],
          ],
        ],
      ],
    ],
    [3, be(0x30, 4)],
    [12, be(1, 4)],
  ]),
  message({}, [
    [1, tuple([10, 77, 0, 1], 0, [255, 255, 255, 255], 65_535)],
    [2, tuple([192, 0, 2, 200], 9, [8, 8, 4, 4], 10)],
    [3, be(0x3f, 4)],
    [12, be(10, 4)],
  ]),
];
const COUNTED = [
  counted(0n, 1n, 0n, 1_999_999_999n),
  counted(2n ** 32n - 1n, 2n ** 32n, 1_795_000_000_000_000_000n, 1_795_000_000_120_000_000n),
  counted(2n ** 53n - 1n, 99n, 1_794_999_999_999_999_999n, 2n ** 64n - 1n),
  counted(2n ** 53n, 100n, 86_399_999_999_999n, 86_400_000_000_000n),
];
/** Messages of many layouts. */
export const MESSAGES: readonly Uint8Array[] = [
  ...capturedMessages('conntrack/6.18-flows.bin'),
  ...EVENTS,
  ...TRANSLATED,
  ...COUNTED,
];
