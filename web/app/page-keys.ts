import { canRecord, canWatch, type KeyBinding, nextInterval, type Page, toggleWatch } from '../state/index.js';
import type { TabEntry } from './tab-list.js';

/** Panels over the page. */
export type Panel = 'help' | 'fields' | 'record';

/** Options of {@link pageKeys}. */
export interface PageKeysOptions {
  readonly tabs: readonly TabEntry[];
  readonly panel: Panel | undefined;
  readonly openPanel: (panel: Panel | undefined) => void;
}

/** Returns the keys that hold in all tabs. */
export function pageKeys({ tabs, panel, openPanel }: PageKeysOptions): readonly KeyBinding[] {
  const toggled = (own: Panel) => (): void => openPanel(panel === own ? undefined : own);
  return [
    {
      key: 'Escape',
      title: 'go back: end the comparison, close the connection',
      isActive: ({ place }) => place.compare !== '' || place.key !== '',
      run: closeDetail,
    },
    ...tabs.map(({ name, title }, i) => ({
      key: String(i + 1),
      title,
      run: (page: Page) => page.go({ tab: name }),
    })),
    {
      key: 'w',
      title: 'watch the open connection: read every millisecond for a minute; or end its watch',
      isActive: (page) => page.place.key !== '' && canWatch(page),
      run: (page) => void toggleWatch(page, page.place.key),
    },
    {
      key: 'R',
      title: 'save what the flight recorder has of the open connection (asks)',
      isActive: (page) => page.place.key !== '' && canRecord(page),
      run: () => openPanel('record'),
    },
    { key: 'f', title: 'freeze: work on a copy, or go on', run: (page) => page.toggleFreeze() },
    {
      key: 'u',
      title: 'bits or bytes per second',
      run: (page) => page.choose({ bytes: !page.choices.bytes }),
    },
    {
      key: 't',
      title: 'light or dark',
      run: (page) => page.choose({ theme: page.theme === 'dark' ? 'light' : 'dark' }),
    },
    { key: '+', title: 'longer time between refreshes', run: (page) => changeInterval(page, 1) },
    { key: '-', title: 'shorter time between refreshes', run: (page) => changeInterval(page, -1) },
    { key: 'i', title: 'fields and their meaning', run: toggled('fields') },
    { key: '?', title: 'this help', run: toggled('help') },
  ];
}

/** Changes the time between refreshes. */
export function changeInterval({ choices, status, choose, say }: Page, by: 1 | -1): void {
  if (status?.mode === 'archive') {
    say('Archives do not change: there is nothing to refresh.');
    return;
  }
  const everyMs = nextInterval(choices.everyMs, by);
  if (everyMs === undefined) {
    say(by === 1 ? 'No longer time between refreshes.' : 'Rows are computed once a second, no faster.');
    return;
  }
  choose({ everyMs });
  say(`A refresh every ${everyMs / 1000} s.`);
}

/** Closes the comparison, or else the drill-down. */
export function closeDetail({ place, go }: Page): void {
  go(place.compare === '' ? { key: '' } : { compare: '' });
}
