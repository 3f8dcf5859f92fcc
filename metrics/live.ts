import type { Registry } from 'prom-client';
import { type CounterBy, counterBy, type GaugeBy, gaugeBy, type Level, level, type Tally, tally } from './by-label.js';

/** Status codes of the live API's answers. */
export const LIVE_CODES = [
  '200',
  '201',
  '202',
  '304',
  '400',
  '401',
  '403',
  '404',
  '405',
  '406',
  '409',
  '411',
  '413',
  '414',
  '415',
  '421',
  '429',
  '431',
  '500',
  '503',
  '505',
] as const;
/** One of {@link LIVE_CODES}. */
export type LiveCode = (typeof LIVE_CODES)[number];

/**
 * Reasons for which the live API rejects a request or ends a client's connection. host, origin, token: the request did
 * not pass the check of that name; limit: too many at a time; unread: the client does not read; slow: its request took
 * too long; malformed: its request is invalid or too large; error: the connection failed.
 */
export const LIVE_REJECTIONS = ['host', 'origin', 'token', 'limit', 'unread', 'slow', 'malformed', 'error'] as const;
/** One of {@link LIVE_REJECTIONS}. */
export type LiveRejection = (typeof LIVE_REJECTIONS)[number];

/** Data that the live store drops to stay within its bounds: seconds of history, and closed connections. */
export const LIVE_EVICTIONS = ['history', 'closed'] as const;
/** One of {@link LIVE_EVICTIONS}. */
export type LiveEviction = (typeof LIVE_EVICTIONS)[number];

/**
 * Results of reading archives for a timeline. whole: all was read; partial: an archive ends in the middle, as the one
 * that is being written does, or is damaged; unreadable: no record could be read; late: it took too long; failed: its
 * thread ended.
 */
export const LIVE_ARCHIVE_READS = ['whole', 'partial', 'unreadable', 'late', 'failed'] as const;
/** One of {@link LIVE_ARCHIVE_READS}. */
export type LiveArchiveRead = (typeof LIVE_ARCHIVE_READS)[number];

/** Metrics of the live store and its API; registered only with `-live`. */
export interface LiveMetrics {
  /** Connected clients. */
  readonly clients: Level;
  /** Answers, by status code. */
  readonly requests: CounterBy<LiveCode>;
  readonly rejected: CounterBy<LiveRejection>;
  /** Messages sent to streams. */
  readonly messages: Tally;
  /** Messages not sent to a stream, because the client had not read the last one. */
  readonly messagesSkipped: Tally;
  /** Connections in the store. */
  readonly rows: GaugeBy<'true' | 'false'>;
  /** Memory of the history. */
  readonly historyBytes: Level;
  readonly evicted: CounterBy<LiveEviction>;
  /** Timelines that needed archives. */
  readonly archiveReads: CounterBy<LiveArchiveRead>;
}

/** Registers the metrics of the live store and its API. */
export function createLiveMetrics(registry: Registry): LiveMetrics {
  return {
    clients: level(registry, {
      name: 'tcpinfo_live_clients',
      help: 'Number of clients connected to the live API.',
    }),
    requests: counterBy(
      registry,
      {
        name: 'tcpinfo_live_requests_total',
        help: 'Number of requests that the live API answered, by status code; a stream counts when it begins.',
      },
      'code',
      LIVE_CODES,
    ),
    rejected: counterBy(
      registry,
      {
        name: 'tcpinfo_live_rejected_total',
        help: 'Number of requests and connections that the live API rejected: for a Host, an Origin or a token that is not accepted, for a limit, an unread answer, a slow or malformed request, or an error.',
      },
      'reason',
      LIVE_REJECTIONS,
    ),
    messages: tally(registry, {
      name: 'tcpinfo_live_messages_total',
      help: 'Number of messages that the live API sent to streams.',
    }),
    messagesSkipped: tally(registry, {
      name: 'tcpinfo_live_messages_skipped_total',
      help: 'Number of messages that the live API did not send to a stream, because the client had not read the last one; the next message has the whole state.',
    }),
    rows: gaugeBy(
      registry,
      {
        name: 'tcpinfo_live_rows',
        help: 'Number of connections that the live store knows: open ones, and lately closed ones.',
      },
      'open',
      ['true', 'false'],
    ),
    historyBytes: level(registry, {
      name: 'tcpinfo_live_history_bytes',
      help: 'Number of bytes that the history of live connections takes.',
    }),
    evicted: counterBy(
      registry,
      {
        name: 'tcpinfo_live_evicted_total',
        help: 'Number of seconds of history, and of closed connections, that the live store dropped to stay within its limits of memory and number.',
      },
      'what',
      LIVE_EVICTIONS,
    ),
    archiveReads: counterBy(
      registry,
      {
        name: 'tcpinfo_live_archive_reads_total',
        help: 'Number of timelines for which the live API read archives: wholly, partly, or not at all because none was readable, it took too long or its thread failed. Without archives the answer is from memory alone.',
      },
      'result',
      LIVE_ARCHIVE_READS,
    ),
  };
}
