import { ConnectionBuilder, type ConnectionIdentity, identify, timestampToUs } from '../../analysis/index.js';
import type { Connection } from '../../cache/index.js';
import type { RecordView } from '../../parse/snapshot/index.js';
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
    const start = { key, cookie, identity, startTime, startUs: timestampToUs(startTime), socket, readFlow };
    return new LiveRow(start, this.context);
  }

  #identityOf({ uuid, startTime, netns, last }: Connection): ConnectionIdentity {
    const rawIdm = this.#options.shownIdm?.(last, netns);
    this.#view.load(rawIdm === undefined ? last : { ...last, rawIdm });
    return identify({ uuid, startTime, sequence: 0, ...(netns === undefined ? {} : { netns }) }, this.#view);
  }
}

/**
 * Returns a copy of a text in one piece. A text that was put together stays a pair of its parts, which takes more
 * memory and is slower to read.
 */
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
