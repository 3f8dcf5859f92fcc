import type { ProblemJson } from '../../live/wire/index.js';

/** Sentences that say what to do about a problem, by its code. */
const ADVICE: Readonly<Record<string, string>> = {
  ERR_UNREACHABLE: 'Is the collector running, and the way to it open? The page tries again by itself.',
  ERR_TIMEOUT: 'The machine or the way to it may be busy. Try again, or ask for less.',
  ERR_ANSWER: 'Another program may have taken the address of the collector.',
  ERR_TOO_LARGE: 'Choose fewer columns, or a filter.',
  ERR_CONTENT_TYPE: 'The collector is of another version than the page: load the page again.',
  ERR_EXPRESSION: 'Correct the filter; ? explains its language.',
  ERR_PARAMETER: 'The address of the page may be of another version, or was changed by hand.',
  ERR_TOKEN: 'Give the token of the collector.',
  ERR_HOST: 'Open the page by an address of the machine or localhost, or add the name to -live.hosts.',
  ERR_ORIGIN: 'Open the page itself; other sites may not ask.',
  ERR_NO_ROUTE: 'The collector is of another version than the page: load the page again.',
  ERR_NO_CONNECTION: 'Closed connections are forgotten after -live.keep-closed. Archives may have it: tcp-info show.',
  ERR_NO_ARCHIVE: 'The collector writes no archives here, or may not read them.',
  ERR_NO_HTTP: 'Start the collector with -http.ports to read HTTP.',
  ERR_NO_NETWORK: 'Archives have no listeners and ports. Open the page of a running collector.',
  ERR_NOT_ENFORCED: 'Start the collector with -services.enforce to end connections.',
  ERR_READ_ONLY: 'The collector runs with -live.read-only: nothing can be changed.',
  ERR_NO_ALERTS: 'Start the collector with -alerts to be told when something is wrong.',
  ERR_NO_ALERT: 'The file of rules was read again, and has no such rule any more.',
  ERR_NO_RECORDER: 'Start the collector with -recorder to keep the last records in memory.',
  ERR_NO_RECORDING: 'It was deleted: see -recorder.keep and -recorder.max-disk.',
  ERR_NO_RECORDS: 'The memory of the recorder reaches less far: see -recorder and -recorder.max-size.',
  ERR_REPEATED: 'The recording of before has these connections.',
  ERR_NO_WATCHES: 'Archives are as they are. Watch connections on the page of a running collector.',
  ERR_NO_WATCH: 'It has ended already.',
  ERR_WATCHES_FULL: 'End another watch, or start the collector with a larger -watch.max.',
  ERR_NO_SERVICES: 'Start the collector with -services to watch services.',
  ERR_NO_CONNTRACK: 'Start the collector with -conntrack=on, and with CAP_NET_ADMIN.',
  ERR_SEVERAL: 'Choose one of the connections in the list.',
  ERR_URL: 'The filter is too long for an address: shorten it.',
  ERR_LIMIT: 'Too much is asked for at a time. Close other pages of this collector, or wait a moment.',
  ERR_FULL: 'The collector has too many clients. Close other pages of it, or wait a moment.',
  ERR_STOPPING: 'The collector stops. The page goes on when it runs again.',
  ERR_INTERNAL: 'This is a defect of the collector; its log describes it.',
  ERR_KERNEL: 'Try again in a moment.',
};

/** Returns a sentence that says what to do about a problem; undefined for one without advice. */
export function adviceFor({ code }: Pick<ProblemJson, 'code'>): string | undefined {
  return ADVICE[code];
}
