import type { KeyBinding } from '../state/index.js';
import { byOfPlace, nextBy } from './group-by.js';

/** Effects of keys on the list that is on the screen. */
export interface GroupsControl {
  move(by: number): void;
  open(): void;
  fold(): void;
}

const ALL = 1_000_000;

/** List on the screen; undefined without. */
let shown: GroupsControl | undefined;

/** Makes keys act on a list. Returns the function that ends this. */
export function controlGroups(control: GroupsControl): () => void {
  shown = control;
  return () => {
    if (shown === control) shown = undefined;
  };
}

/** Keys of the tab, as in `top`. */
export const GROUPS_KEYS: readonly KeyBinding[] = [
  { key: ['j', 'ArrowDown'], title: 'next group', run: () => shown?.move(1) },
  { key: ['k', 'ArrowUp'], title: 'previous group', run: () => shown?.move(-1) },
  { key: 'PageDown', title: 'ten groups on', run: () => shown?.move(10) },
  { key: 'PageUp', title: 'ten groups back', run: () => shown?.move(-10) },
  { key: ['g', 'Home'], title: 'first group', run: () => shown?.move(-ALL) },
  { key: ['G', 'End'], title: 'last group', run: () => shown?.move(ALL) },
  { key: 'Enter', title: 'connections of the group, or the connection', run: () => shown?.open() },
  { key: ' ', title: 'unfold or fold the group', run: () => shown?.fold() },
  {
    key: 'a',
    title: 'group by the next field; after the last one come the connections',
    run: ({ place, status, go }) => {
      const by = nextBy(byOfPlace(place.group, status?.attribution.on !== false));
      go(by === undefined ? { tab: 'connections', group: '' } : { group: by });
    },
  },
];
