import type { ConnectionIdentity, ConnectionRow } from '../../analysis/index.js';
import type { ShownRange } from '../../view/connection/index.js';
import type { MemoryCells } from './joined-timeline.js';

/** Form of a course. */
export type PastFormat =
  | { readonly kind: 'json' | 'svg' }
  | { readonly kind: 'html'; readonly version: string; readonly livePage?: string };

/** Request for the course of a connection from its archives and, for what these lack, from memory. */
export interface PastRequest {
  /** Output folder. */
  readonly folder: string;
  readonly uuid: string;
  /** Start time in the metadata of its archives: a socket that connects again has the same UUID. */
  readonly startTime: string;
  /** Time of the first record, microseconds since 1970. */
  readonly startUs: number;
  /** Time of the last record, microseconds since 1970. */
  readonly endUs: number;
  readonly isOpen: boolean;
  /** Row as memory has it. */
  readonly row: ConnectionRow;
  /** Identity to show, whose addresses may have more digits than in the archives. */
  readonly identity: ConnectionIdentity;
  readonly range: ShownRange;
  /** Least width of a cell. */
  readonly widthUs: number;
  readonly memory: MemoryCells;
  readonly format: PastFormat;
}

/** Request as it is sent to a thread: cells in numbers. */
export interface PackedRequest extends Omit<PastRequest, 'memory'> {
  readonly memory: Omit<MemoryCells, 'cells'> & { readonly packed: Float64Array<ArrayBuffer> };
}

/** Answer to a {@link PastRequest}. */
export type PastAnswer =
  | { readonly kind: 'made'; readonly body: Uint8Array<ArrayBuffer>; readonly problem?: string }
  /** No record can be read in the archives. */
  | { readonly kind: 'unreadable'; readonly reason: string };
