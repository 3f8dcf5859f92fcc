import type { ConnectionRow } from './connection-row.js';
import { LIMITED_BY, type LimitedBy } from './limited-by.js';
import { SpaceSaving } from './space-saving.js';
import type { FailedConnects, HeldUpSummary, MostLimited, Traffic } from './summary.js';
import { neverOpened } from './verdict.js';

/** Maximum number of destinations of failed connects to track; beyond it, rare ones may be missing. */
const TRACKED_DESTINATIONS = 1024;

/**
 * Collector of the connections that each cause limited most, failed connects, and the bytes moved before the recording.
 */
export class HeldUp {
  readonly #failed = new SpaceSaving(TRACKED_DESTINATIONS, () => ({ peer: '', port: 0, connections: 0 }));
  readonly #before: Traffic = { connections: 0, bytesSent: 0, bytesReceived: 0, bytesRetrans: 0 };
  #neverOpened = 0;
  readonly #most = Object.fromEntries(LIMITED_BY.map((cause) => [cause, null])) as Record<
    LimitedBy,
    MostLimited | null
  >;

  /** Adds one connection. */
  add(row: ConnectionRow): void {
    if (row.olderByUs !== null) this.#addBefore(row);
    if (neverOpened(row)) {
      this.#neverOpened++;
      const { remoteAddress: peer, remotePort: port } = row;
      const entry = this.#failed.add(`${peer} ${port}`, 1);
      Object.assign(entry, { peer, port });
      entry.connections++;
    }
    for (const cause of LIMITED_BY) {
      const us = row.limitedUs[cause];
      if (us > 0 && isMore(us, row.uuid, this.#most[cause])) this.#most[cause] = { uuid: row.uuid, us };
    }
  }

  /** Returns the summary so far, with at most `top` destinations. */
  summary(top: number): HeldUpSummary {
    const failedConnects: FailedConnects[] = this.#failed.top(top).map(({ value }) => ({ ...value }));
    return {
      beforeRecording: { ...this.#before },
      neverOpened: this.#neverOpened,
      failedConnects,
      mostLimited: { ...this.#most },
    };
  }

  #addBefore({ recorded, bytesSent, bytesAcked, bytesReceived, bytesRetrans }: ConnectionRow): void {
    const before = this.#before;
    before.connections++;
    before.bytesSent += (bytesSent ?? bytesAcked ?? 0) - (recorded.bytesSent ?? recorded.bytesAcked ?? 0);
    before.bytesReceived += (bytesReceived ?? 0) - (recorded.bytesReceived ?? 0);
    before.bytesRetrans += (bytesRetrans ?? 0) - (recorded.bytesRetrans ?? 0);
  }
}

/**
 * Returns whether a time exceeds another. Equal times are ordered by UUID, so that the number of threads has no effect.
 */
function isMore(us: number, uuid: string | null, than: MostLimited | null): boolean {
  if (than === null || us !== than.us) return us > (than?.us ?? 0);
  return (uuid ?? '') < (than.uuid ?? '');
}
