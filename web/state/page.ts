import type { FieldJson, StatusJson } from '../../live/wire/index.js';
import type { ApiClient } from '../client/index.js';

/** Names of tabs, as the address has them. */
export type TabName = 'connections' | 'groups' | 'network' | 'machine' | 'http' | 'services';

/** What the address says behind `#`: what is shown. All that reproduces the view, and never the token. */
export interface Place {
  readonly tab: TabName;
  /** Expression; empty for all connections. */
  readonly filter: string;
  /** Fields with commas, `-` before those with the largest first; empty for the usual order. */
  readonly sort: string;
  /** Closed connections too, not, or only these. */
  readonly closed: 'false' | 'true' | 'only';
  /** Names of columns with commas; empty for the usual ones. */
  readonly columns: string;
  /** Fields of groups with commas; empty for the usual one. */
  readonly group: string;
  /** Key of the connection in the drill-down; empty without. */
  readonly key: string;
  /** Key of the connection that it is compared with; empty without. */
  readonly compare: string;
  /** Bounds of the time shown, RFC 3339; empty without. */
  readonly from: string;
  readonly until: string;
}

/** Fields by their full names, such as `now.rttUs`. */
export interface FieldTable {
  readonly all: readonly FieldJson[];
  get(fullName: string): FieldJson | undefined;
}

/** Colours in force. */
export type Theme = 'light' | 'dark';

/** Copy of the rows at one moment. */
export interface Freeze {
  /** Time of the values, microseconds since 1970. */
  readonly timeUs: number;
}

/** What each part of the page is given. */
export interface Page {
  readonly api: ApiClient;
  /** Facts about the collector; undefined until the first answer. */
  readonly status: StatusJson | undefined;
  readonly fields: FieldTable;
  /** True if rates are shown in bytes a second instead of bits. */
  readonly bytes: boolean;
  readonly theme: Theme;
  readonly place: Place;
  /** Copy that is shown instead of the present; undefined while the page is live. */
  readonly freeze: Freeze | undefined;
  /** Shows another place; `replace` leaves no entry in the history. */
  go(change: Partial<Place>, how?: 'push' | 'replace'): void;
  /** Shows a short message at the foot. */
  say(message: string): void;
}

/** Key that does something in a part of the page. */
export interface KeyBinding {
  /** Value of `KeyboardEvent.key`, such as `j` or `ArrowDown`. */
  readonly key: string;
  /** What it does, for the list of keys. */
  readonly title: string;
  readonly run: (page: Page) => void;
}
