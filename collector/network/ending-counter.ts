import {
  copyMoment,
  Ending,
  type EndingMoment,
  type EndingVerdict,
  emptyMoment,
  observeEnding,
} from '../../analysis/index.js';
import type { Connection, ConnectionEnd } from '../../cache/index.js';
import type { PortSeries } from '../../metrics/index.js';
import type { ArchivedRecord } from '../../parse/index.js';
import { TcpState } from '../../tcp/index.js';

/** Counts connections that failed to open or were reset, by the rule of `how_ended`. Looks at a connection only at its end. */
export class EndingCounter {
  readonly #ending = new Ending();
  readonly #moment = emptyMoment();

  /**
   * Counts the end of a connection.
   * @returns its last moment, when it vanished and a late event has to say how it ended
   */
  closed(series: PortSeries, { last }: Connection, { cause, before }: ConnectionEnd): EndingMoment | undefined {
    const ending = this.#ending;
    ending.reset();
    switch (cause) {
      case 'event':
        if (before !== undefined) ending.add(observeEnding(before, this.#moment));
        ending.add(observeEnding(last, this.#moment));
        count(series, ending.verdict);
        return undefined;
      case 'disconnected':
      case 'vanished':
        ending.add(observeEnding(last, this.#moment));
        // An open socket that vanished may have been reset, may have timed out, or its event may be lost.
        if (cause === 'vanished' && this.#moment.state !== TcpState.SYN_SENT)
          return copyMoment(this.#moment, emptyMoment());
        count(series, ending.verdictOfDisconnected);
        return undefined;
      default:
        return undefined;
    }
  }

  /** Counts the end of a connection that vanished, when its event comes; of a disconnected socket it says no more. */
  late(series: PortSeries, vanished: EndingMoment, event: ArchivedRecord | undefined): void {
    this.#ending.reset();
    this.#ending.add(vanished);
    if (event === undefined) {
      count(series, this.#ending.verdictOfDisconnected);
      return;
    }
    this.#ending.add(observeEnding(event, this.#moment));
    count(series, this.#ending.verdict);
  }
}

function count({ endings }: PortSeries, { how }: EndingVerdict): void {
  switch (how) {
    case 'refused':
      endings.refused++;
      break;
    case 'unanswered':
      endings.unanswered++;
      break;
    case 'failed':
      endings.failedOtherwise++;
      break;
    case 'reset_local':
      endings.resetLocal++;
      break;
    case 'reset_remote':
      endings.resetRemote++;
      break;
    case 'reset':
      endings.resetUnknown++;
      break;
    default:
  }
}
