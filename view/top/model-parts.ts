import type { ConnectionAnswerJson, HttpExchangeJson, RowJson } from '../../live/wire/index.js';
import type { Column } from '../rows/index.js';
import type { SourceMode, TimelineJson } from './source.js';

/** Tabs, by the keys 1 to 5. */
export const TABS = ['Connections', 'Groups', 'Alerts', 'Machine', 'HTTP'] as const;
/** One of {@link TABS}. */
export type Tab = (typeof TABS)[number];

/** Part of the screen that gets the keys. */
export type Mode = 'list' | 'filter' | 'columns' | 'help' | 'detail' | 'watch';

/** Work that the model needs done; its result comes back by a method of the model. */
export type Effect =
  | { readonly kind: 'subscribe' }
  | { readonly kind: 'freeze' }
  | { readonly kind: 'detail' }
  | { readonly kind: 'groups' }
  | { readonly kind: 'status' }
  | { readonly kind: 'http' }
  | { readonly kind: 'alerts' }
  | { readonly kind: 'complete'; readonly text: string; readonly at: number }
  | { readonly kind: 'watch'; readonly key: string; readonly intervalMs: number; readonly forSec: number }
  | { readonly kind: 'unwatch'; readonly watches: readonly string[] }
  | { readonly kind: 'copy'; readonly text: string }
  | { readonly kind: 'record'; readonly key: string }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'quit' };

/** Connection whose drill-down is open. */
export interface Detail {
  readonly key: string;
  readonly row: RowJson;
  readonly answer: ConnectionAnswerJson | undefined;
  readonly timeline: TimelineJson | undefined;
  readonly error: string | undefined;
  /** Last HTTP exchanges of the connection; absent if the source does not read HTTP. */
  readonly exchanges?: readonly HttpExchangeJson[];
  /** True while both ends of the connection are shown. */
  readonly isPaired?: boolean;
  /** The other end; absent until it is read. */
  readonly other?: OtherEnd | undefined;
  /** First visible line. */
  readonly top: number;
}

/** Other end of a connection that the source sees twice. */
export interface OtherEnd {
  readonly row: ConnectionAnswerJson;
  readonly timeline: TimelineJson;
}

/** Order of the table; undefined: the source's own, busiest first. */
export interface Sorting {
  readonly column: Column;
  readonly isDescending: boolean;
  /** Further keys of the order, as the source takes them; empty for none. */
  readonly further?: string;
}

/** Options of {@link TopModel}. */
export interface ModelOptions {
  readonly mode: SourceMode;
  readonly place: string;
  readonly columns: readonly Column[];
  readonly filter: string;
  /** Condition that always holds in addition to the filter; empty for none. */
  readonly scope?: string;
  /** Network namespace that the condition chooses, for messages. */
  readonly netns?: string;
  readonly sorting: Sorting | undefined;
  readonly everyMs: number;
  readonly unicode: boolean;
}
