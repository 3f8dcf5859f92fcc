import type { ArchiveStore } from '../../../archive/store/index.js';
import { packageVersion, pageFolder } from '../../../host/index.js';
import { NoHttpAnswers, StoreAnswers } from '../../../live/answers/index.js';
import { createLiveServer, type LiveListener, type LiveServer } from '../../../live/api/index.js';
import type { Logger } from '../../../log/index.js';
import { createMetrics } from '../../../metrics/index.js';

/** Options of {@link createViewServer}. */
export interface ViewServerOptions {
  readonly store: ArchiveStore;
  readonly listen: LiveListener;
  /** Source of the connections, for the title. */
  readonly place: string;
  /** Shows a line to the user. */
  readonly say: (text: string) => void;
}

const NO_FLOWS = 'archives have flows only in their connections: filter by nat';
const NO_HTTP = 'archives of connections have no HTTP exchanges: tcp-info http FILE shows those of a collector';

/** Creates the server of the page over archives. */
export function createViewServer({ store, listen, place, say }: ViewServerOptions): LiveServer {
  const version = packageVersion();
  const { live: metrics } = createMetrics({ version, processMetrics: false, live: true });
  if (metrics === undefined) throw new TypeError('the registry lacks the metrics of the live API');
  const log = new UserLog(say);
  return createLiveServer({
    answering: new StoreAnswers(store, {
      elapsedMs: () => performance.now(),
      onFault: (error) => log.error('an answer failed', { error: String(error) }),
    }),
    ...{ store, metrics, log, version },
    listeners: [listen],
    // No file of the token: its address is printed, and a collector's file stays as it is.
    environment: {},
    announce: () => undefined,
    isReadOnly: true,
    host: place,
    beatUs: () => null,
    noFlows: NO_FLOWS,
    exchanges: new NoHttpAnswers(NO_HTTP),
    page: pageFolder(),
    records: (row, onProblem) => store.lines(row, onProblem),
  });
}

/** Log of a program for one user: only what is wrong, as lines. */
class UserLog implements Logger {
  readonly isDebug = false;
  readonly #say: (text: string) => void;

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  debug(): void {
    // For developers of the collector.
  }

  info(): void {
    // The user sees the address.
  }

  warn(message: string, { metric: _, ...fields }: Readonly<Record<string, unknown>> = {}): void {
    // No one reads metrics of this program.
    this.#say([message, ...Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`)].join(' '));
  }

  error(message: string, fields?: Readonly<Record<string, unknown>>): void {
    this.warn(message, fields);
  }
}
