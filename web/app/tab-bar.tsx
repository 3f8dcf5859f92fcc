import type { JSX, TargetedKeyboardEvent } from 'preact';
import type { Page, TabName } from '../state/index.js';
import type { TabEntry } from './tab-list.js';

/** Props of {@link TabBar}. */
export interface TabBarProps {
  readonly page: Page;
  readonly tabs: readonly TabEntry[];
}

/** Id of the button of a tab; its panel is named by it. */
export function tabId(name: TabName): string {
  return `tab-${name}`;
}

/** Id of the panel of the open tab. */
export const TAB_PANEL_ID = 'tab-panel';

/** Row of tabs. The open one has the tab stop; arrows, Home and End open others. */
export function TabBar({ page, tabs }: TabBarProps): JSX.Element {
  const { place, go } = page;
  const pressed = (event: TargetedKeyboardEvent<HTMLElement>): void => {
    const at = tabs.findIndex(({ name }) => name === place.tab);
    const to: Readonly<Record<string, number>> = {
      ArrowRight: (at + 1) % tabs.length,
      ArrowLeft: (at - 1 + tabs.length) % tabs.length,
      Home: 0,
      End: tabs.length - 1,
    };
    const next = tabs[to[event.key] ?? -1];
    if (next === undefined) return;
    event.preventDefault();
    go({ tab: next.name });
    event.currentTarget.querySelector<HTMLElement>(`#${tabId(next.name)}`)?.focus();
  };
  return (
    <div class="tab-bar" role="tablist" aria-label="Views" onKeyDown={pressed}>
      {tabs.map(({ name, title }, i) => {
        const isOpen = name === place.tab;
        return (
          <button
            type="button"
            key={name}
            role="tab"
            id={tabId(name)}
            aria-selected={isOpen}
            aria-controls={isOpen ? TAB_PANEL_ID : undefined}
            aria-keyshortcuts={String(i + 1)}
            tabIndex={isOpen ? 0 : -1}
            onClick={() => go({ tab: name })}
          >
            {title}
          </button>
        );
      })}
    </div>
  );
}
