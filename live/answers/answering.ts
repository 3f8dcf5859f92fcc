import type { StoreRow } from '../store/index.js';
import type {
  ClosedChoice,
  CompleteJson,
  ConnectionAnswerJson,
  FieldsJson,
  GroupsJson,
  OverviewJson,
  RowJson,
  SummaryJson,
  ViewJson,
} from '../wire/index.js';
import type { ViewMessage } from './subscription.js';
import type { ViewRequest } from './view-request.js';

/** Request for groups of connections. */
export interface GroupsRequest {
  /** One or two fields with commas; an address may have a prefix length, as `remoteAddress/24`. */
  readonly by: string;
  readonly filter?: string;
  /** Closed connections too, not, or only these. */
  readonly closed?: ClosedChoice;
  /** Groups in the answer (default 100, at most 10,000). */
  readonly limit?: number;
}

/** Request for a summary of connections. */
export type SummaryRequest = Pick<GroupsRequest, 'filter' | 'closed'>;

/**
 * Answers to questions about the connections of a store, as objects of `live/wire/`. The HTTP API and `top` ask the
 * same. Work on many rows runs in slices, so that it never holds up the collector.
 */
export interface Answering {
  /** @throws ExpressionError for a wrong filter, RequestError for another wrong parameter (both also by rejection) */
  view(request: ViewRequest): Promise<ViewJson>;
  /**
   * Returns what {@link view} does as the bytes of its JSON, in chunks: for long lists.
   * @throws ExpressionError, RequestError
   */
  viewBytes(request: ViewRequest): Promise<readonly Uint8Array[]>;
  /** @throws ExpressionError, RequestError */
  groups(request: GroupsRequest): Promise<GroupsJson>;
  /** Returns what {@link groups} does as {@link viewBytes} does. @throws ExpressionError, RequestError */
  groupsBytes(request: GroupsRequest): Promise<readonly Uint8Array[]>;
  /** Says what held connections up. @throws ExpressionError, RequestError */
  summary(request: SummaryRequest): Promise<SummaryJson>;
  /**
   * Returns the rows that an id names: a UUID, 1 to 16 hexadecimal digits that end one, `cookie:54725`, or
   * `10.0.0.1:443-10.0.0.2:5001`. A key of a row counts as a UUID.
   * @param netns name or inode of a network namespace
   * @throws RequestError for a text that is no id
   */
  find(id: string, netns?: string): Promise<readonly StoreRow[]>;
  /** Returns all parts of a row, and statistics of the last `windowUs`. */
  connection(row: StoreRow, windowUs: number): ConnectionAnswerJson;
  /** Returns the fields of a row that `fields` names. @throws RequestError */
  row(row: StoreRow, fields: string): RowJson;
  overview(windowUs: number): OverviewJson;
  fields(): FieldsJson;
  /** Completes an expression at a position. Values of texts are those of the rows, the 20 most frequent first. */
  complete(text: string, at: number): Promise<CompleteJson>;
  /**
   * Computes a view after each generation, at most once in `everyMs`, and calls back; the first time as soon as it is
   * computed. Returns the function that ends it.
   * @throws ExpressionError, RequestError
   */
  subscribe(request: ViewRequest, everyMs: number, listener: (message: ViewMessage) => void): () => void;
}
