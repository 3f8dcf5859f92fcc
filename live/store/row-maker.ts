import { ConnectionBuilder, type ConnectionIdentity, identify, timestampToUs } from '../../analysis/index.js';
import type { Connection } from '../../cache/index.js';
import { comparableAddress } from '../../inetdiag/index.js';
import type { RecordView } from '../../parse/snapshot/index.js';
import { SubflowIndex } from '../mptcp/index.js';
import { type PairEnds, PairIndex, pairEnds } from '../pairs/index.js';
import { LiveRow } from './live-row.js';
import type { LiveStoreOptions } from './live-store-options.js';
import type { RowContext } from './row-context.js';
import { socketOf } from './socket-of.js';
import type { RowOwner } from './store-row.js';

/** Options of {@link RowMaker}. */
export type RowMakerOptions = Pick<LiveStoreOptions, 'scanUs' | 'owners' | 'flowReader' | 'shownIdm' | 'nowUs'>;

const UNSEARCHED: RowOwner = { process: null, processUnknown: 'off', cgroup: null };

/** Makes the rows of a store. */
export class RowMaker {
  readonly #options: RowMakerOptions;
  readonly #view: RecordView;
  /** Values and functions that all rows share. The store sets its time. */
  readonly context: { -readonly [K in keyof RowContext]: RowContext[K] };

  /** @param view holds a row's first record after {@link make} */
  constructor(options: RowMakerOptions, view: RecordView) {
    this.#options = options;
    this.#view = view;
    const { scanUs, owners } = options;
    this.context = {
      timeUs: options.nowUs(),
      generation: 0,
      scanUs,
      pairs: new PairIndex(),
      subflows: new SubflowIndex(),
      singleRecord: new ConnectionBuilder({ quantiles: false, scanUs }),
      setOwner: (owner, socket) => {
        if (owners === undefined) Object.assign(owner, UNSEARCHED);
        else owners.setOwner(owner, socket);
      },
    };
  }

  /** Makes the row of a connection from its first record, which is in the view afterwards. */
  make(connection: Connection): LiveRow {
    const { uuid, cookie, startTime, netns } = connection;
    const identity = this.#identityOf(connection);
    this.#view.load(connection.last);
    // A socket that connects again has the same UUID.
    const key = flat(`${uuid}@${startTime}`);
    const socket = socketOf(this.#view, netns?.inode);
    const readFlow = this.#options.flowReader?.(connection);
    const start = {
      key,
      cookie,
      identity,
      startTime,
      startUs: timestampToUs(startTime),
      socket,
      readFlow,
      ends: endsOf(connection),
    };
    return new LiveRow(start, this.context);
  }

  #identityOf({ uuid, startTime, netns, last }: Connection): ConnectionIdentity {
    const rawIdm = this.#options.shownIdm?.(last, netns);
    this.#view.load(rawIdm === undefined ? last : { ...last, rawIdm });
    return identify({ uuid, startTime, sequence: 0, ...(netns === undefined ? {} : { netns }) }, this.#view);
  }
}

/** Offset of the IPv4 address in an IPv4-mapped one. */
const V4_OFFSET = 12;

/** Returns whether an address is 127.0.0.0/8 or ::1. @param address as `comparableAddress` returns it */
function isLoopback(address: Uint8Array): boolean {
  const isMapped = address[V4_OFFSET - 1] === 0xff;
  const rest = isMapped ? address.subarray(0, V4_OFFSET - 2) : address.subarray(0, 15);
  return rest.every((byte) => byte === 0) && (isMapped ? address[V4_OFFSET] === 127 : address[15] === 1);
}

/** Returns the ends of a connection. Addresses of loopback are others in each network namespace. */
function endsOf({ id, family, netns }: Connection): PairEnds | undefined {
  const local = comparableAddress(id.src, family);
  const place = isLoopback(local) ? (netns?.inode ?? 0) : undefined;
  return pairEnds(
    { address: local, port: id.sport },
    { address: comparableAddress(id.dst, family), port: id.dport },
    place,
  );
}

/**
 * Returns a copy of a text in one piece. A text that was put together stays a pair of its parts, which takes more
 * memory and is slower to read.
 */
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
