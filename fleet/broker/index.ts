/** NATS JetStream: connections and streams. Its client is loaded only here, and only when it is used. */
export {
  type BrokerClient,
  type BrokerOptions,
  ClientMissingError,
  CredentialsError,
  connectOnce,
  loadClient,
} from './connection.js';
export { ensureStreams, LEDGER_STREAM, ledgerSubject, StreamDiffersError, type StreamsOptions } from './streams.js';
