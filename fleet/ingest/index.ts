/** Makes files of the messages of a fleet: each frame once. Separate entry point of `ingest`. */
export { Dataset, DatasetError } from './dataset.js';
export { type Connections, NatsPartition } from './nats-partition.js';
export { PartitionIngest, type PartitionIngestOptions } from './partition-ingest.js';
export { OwnerError, type PartitionStore, StoreError } from './partition-store.js';
