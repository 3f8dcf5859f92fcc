import type { JetStreamManager, StreamConfig, StreamUpdateConfig } from '@nats-io/jetstream';
import { partitionSubjects, partitionText, streamName } from '../wire/index.js';

/** Time within which the broker drops a second message with the same id, nanoseconds. */
const DUPLICATE_WINDOW_NS = 120e9;
/** Largest message, bytes: twice the lines of a frame. */
const MOST_MESSAGE_BYTES = 2 ** 20;

/** Options of {@link ensureStreams}. */
export interface StreamsOptions {
  readonly partitions: number;
  /** Number of servers that keep each stream, 1 to 5. */
  readonly replicas: number;
  /** Most bytes of a stream; the broker reserves them. */
  readonly maxBytes: number;
}

/** Stream of the ledgers, as a bucket of keys and values: tools of NATS show it as `tcpinfo_ingest`. */
export const LEDGER_STREAM = 'KV_tcpinfo_ingest';

/** Returns the subject of a partition's ledger. */
export function ledgerSubject(partition: number): string {
  return `$KV.tcpinfo_ingest.p.${partitionText(partition)}`;
}

/** Error when a stream exists with other settings, which are not changed. */
export class StreamDiffersError extends Error {
  override readonly name = 'StreamDiffersError';
}

/**
 * Creates the stream of each partition and that of ledgers, and checks those that exist. Returns the names of those that it created.
 * @throws StreamDiffersError, and the client's errors
 */
export async function ensureStreams(
  manager: JetStreamManager,
  { jetstream }: { readonly jetstream: typeof import('@nats-io/jetstream') },
  options: StreamsOptions,
): Promise<string[]> {
  const created: string[] = [];
  const configs = Array.from({ length: options.partitions }, (_, each) => streamConfig(jetstream, each, options));
  for (const wanted of [ledgerConfig(jetstream, options), ...configs]) {
    const existing = await find(manager, jetstream, wanted.name);
    if (existing === undefined) {
      await manager.streams.add(wanted);
      created.push(wanted.name);
      continue;
    }
    for (const [key, value] of Object.entries(wanted)) {
      const found = existing[key as keyof StreamConfig];
      if (JSON.stringify(found) === JSON.stringify(value)) continue;
      const texts = `${key}: ${JSON.stringify(found)}, not ${JSON.stringify(value)}`;
      throw new StreamDiffersError(`stream ${wanted.name} exists with ${texts}: change it with the tools of NATS`);
    }
  }
  return created;
}

async function find(
  manager: JetStreamManager,
  { JetStreamApiError, JetStreamApiCodes }: typeof import('@nats-io/jetstream'),
  name: string,
): Promise<StreamConfig | undefined> {
  try {
    return (await manager.streams.info(name)).config;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return undefined;
    throw error;
  }
}

/** Settings of a bucket of keys and values with one value a key, as the clients of NATS make it. */
function ledgerConfig(
  { DiscardPolicy, RetentionPolicy, StorageType }: typeof import('@nats-io/jetstream'),
  { replicas }: StreamsOptions,
): Pick<StreamConfig, 'name' | 'deny_delete'> & Partial<StreamConfig> {
  return {
    name: LEDGER_STREAM,
    subjects: ['$KV.tcpinfo_ingest.>'],
    storage: StorageType.File,
    num_replicas: replicas,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    max_msgs_per_subject: 1,
    deny_delete: true,
    allow_rollup_hdrs: true,
    allow_direct: true,
  };
}

type Config = Pick<StreamUpdateConfig, 'subjects' | 'num_replicas' | 'discard' | 'max_bytes' | 'max_age'> &
  Pick<StreamConfig, 'name' | 'storage' | 'retention' | 'max_msg_size' | 'duplicate_window' | 'deny_delete'> &
  Pick<StreamConfig, 'deny_purge' | 'allow_direct'>;

/** A full stream refuses new messages, and nothing expires unread: the folders of the nodes hold what waits. */
function streamConfig(
  { DiscardPolicy, RetentionPolicy, StorageType }: typeof import('@nats-io/jetstream'),
  partition: number,
  { replicas, maxBytes }: StreamsOptions,
): Config {
  return {
    name: streamName(partition),
    subjects: [partitionSubjects(partition)],
    storage: StorageType.File,
    num_replicas: replicas,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    max_bytes: maxBytes,
    max_age: 0,
    duplicate_window: DUPLICATE_WINDOW_NS,
    max_msg_size: MOST_MESSAGE_BYTES,
    allow_direct: true,
    deny_delete: true,
    deny_purge: false,
  };
}
