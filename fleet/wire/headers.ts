/** Names of a message's headers. */
export const HEADERS = {
  /** Id of the message: the broker drops a second one within its window. */
  id: 'Nats-Msg-Id',
  /** Number of lines in the frame. */
  rows: 'Tcpinfo-Rows',
  /** Bytes of the lines. */
  bytes: 'Tcpinfo-Bytes',
  /** Lowest frame of the sequence that may still come: what is missing below it is lost. */
  first: 'Tcpinfo-First',
  /** Version of the frame's lines. */
  version: 'Tcpinfo-Version',
} as const;

/** Version of {@link HEADERS} and of the lines in frames. */
export const WIRE_VERSION = 1;
