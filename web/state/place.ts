/** Tabs of the page. */
export const TAB_NAMES = ['connections', 'groups', 'network', 'machine', 'http', 'services', 'alerts'] as const;
/** One of {@link TAB_NAMES}. */
export type TabName = (typeof TAB_NAMES)[number];

/** Choices of closed connections: without them, with them, or nothing else. */
export const CLOSED = ['true', 'false', 'only'] as const;

/** View, as the address says it after `#`: everything that reproduces it, and never the token. */
export interface Place {
  readonly tab: TabName;
  /** Expression; empty for all connections. */
  readonly filter: string;
  /** Up to three fields, `-now.rttUs,uuid`; empty for the usual order. */
  readonly sort: string;
  readonly closed: (typeof CLOSED)[number];
  /** Names of columns with commas; empty for the usual ones. */
  readonly columns: string;
  /** Fields of groups, `process.command`; empty for the usual one. */
  readonly group: string;
  /** Key of the connection in the drill-down; empty for none. */
  readonly key: string;
  /** Key of the second connection of a comparison; empty for none. */
  readonly compare: string;
  /** Bounds of a range of time, RFC 3339; empty for none. */
  readonly from: string;
  readonly until: string;
}

/** Place of an address that says nothing. */
export const FIRST_PLACE: Place = {
  tab: 'connections',
  filter: '',
  sort: '',
  closed: 'true',
  columns: '',
  group: '',
  key: '',
  compare: '',
  from: '',
  until: '',
};

const NAMES = Object.keys(FIRST_PLACE) as (keyof Place)[];
/** Letters that addresses may have after `#` as they are, and that make an expression readable. */
const READABLE: Readonly<Record<string, string>> = {
  '%2C': ',',
  '%3A': ':',
  '%2F': '/',
  '%3C': '<',
  '%3E': '>',
  '%3D': '=',
  '%40': '@',
  '%28': '(',
  '%29': ')',
  '%2A': '*',
  '%21': '!',
  '%5B': '[',
  '%5D': ']',
};

/** Returns the fragment of a place, without `#`; empty for {@link FIRST_PLACE}. */
export function placeToHash(place: Place): string {
  return NAMES.filter((name) => place[name] !== FIRST_PLACE[name])
    .map((name) => `${name}=${encode(place[name])}`)
    .join('&');
}

/** Reads a fragment, with or without `#`. What it does not say, or says wrongly, is as in {@link FIRST_PLACE}. */
export function placeFromHash(hash: string): Place {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const text = (name: keyof Place): string => given.get(name) ?? '';
  return {
    tab: TAB_NAMES.find((id) => id === text('tab')) ?? FIRST_PLACE.tab,
    filter: text('filter'),
    sort: text('sort'),
    closed: CLOSED.find((choice) => choice === text('closed')) ?? FIRST_PLACE.closed,
    columns: text('columns'),
    group: text('group'),
    key: text('key'),
    compare: text('compare'),
    from: text('from'),
    until: text('until'),
  };
}

function encode(text: string): string {
  const encoded = new URLSearchParams({ '': text }).toString().slice(1);
  return encoded.replace(/%[0-9A-F]{2}/g, (code) => READABLE[code] ?? code);
}

/** Returns the place with changes; the same object if nothing is different. */
export function movePlace(place: Place, change: Partial<Place>): Place {
  const moved = { ...place, ...change };
  return NAMES.every((name) => moved[name] === place[name]) ? place : moved;
}
