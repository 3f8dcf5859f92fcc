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

/** Counts connections that failed to open or were reset, by the rule of `how_ended`. Called only when one ends. */
export class EndingCounter {
  readonly #ending = new Ending();
  readonly #moment = emptyMoment();

  /**
   * Counts the end of a connection.
   * @returns the last moment of a connection that vanished, so that a late event can still tell how it ended
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
        // An open socket that vanished may have been reset or timed out, or its event may be lost.
        if (cause === 'vanished' && this.#moment.state !== TcpState.SYN_SENT)
          return copyMoment(this.#moment, emptyMoment());
        count(series, ending.verdictOfDisconnected);
        return undefined;
      default:
        return undefined;
    }
  }

  /** Counts the end of a vanished connection when its event arrives; `event` is undefined for a disconnected socket. */
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
