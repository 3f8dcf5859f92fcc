import type { ComponentType } from 'preact';
import type { KeyBinding, Optional, Page, TabName } from '../state/index.js';

/** Module of a tab, loaded when the tab is opened first. */
export interface TabModule {
  readonly Tab: ComponentType<{ readonly page: Page }>;
  readonly keys: readonly KeyBinding[];
}

/** Tab of the page. */
export interface TabEntry {
  readonly name: TabName;
  readonly title: string;
  /** True for tabs with a drill-down below them. */
  readonly hasDetail: boolean;
  /** True for tabs with the strip of all connections above them. */
  readonly hasOverview: boolean;
  load(): Promise<TabModule>;
}

/** All tabs, in their order. */
export const TABS: readonly TabEntry[] = [
  {
    name: 'connections',
    title: 'Connections',
    hasDetail: true,
    hasOverview: true,
    load: async () => {
      const { CONNECTION_KEYS, ConnectionsTab } = await import('../connections/index.js');
      return { Tab: ConnectionsTab, keys: CONNECTION_KEYS };
    },
  },
  {
    name: 'groups',
    title: 'Groups',
    hasDetail: true,
    hasOverview: true,
    load: async () => {
      const { GROUPS_KEYS, GroupsTab } = await import('../groups/index.js');
      return { Tab: GroupsTab, keys: GROUPS_KEYS };
    },
  },
  {
    name: 'network',
    title: 'Network',
    hasDetail: false,
    hasOverview: false,
    load: async () => {
      const { NetworkTab } = await import('../network/index.js');
      return { Tab: NetworkTab, keys: [] };
    },
  },
  {
    name: 'machine',
    title: 'Machine',
    hasDetail: false,
    hasOverview: false,
    load: async () => {
      const { MachineTab } = await import('../machine/index.js');
      return { Tab: MachineTab, keys: [] };
    },
  },
  {
    name: 'http',
    title: 'HTTP',
    hasDetail: true,
    hasOverview: false,
    load: async () => {
      const { HttpTab } = await import('../http/index.js');
      return { Tab: HttpTab, keys: [] };
    },
  },
  {
    name: 'services',
    title: 'Services',
    hasDetail: true,
    hasOverview: false,
    load: async () => {
      const { ServicesTab } = await import('../services/index.js');
      return { Tab: ServicesTab, keys: [] };
    },
  },
  {
    name: 'alerts',
    title: 'Alerts',
    hasDetail: false,
    hasOverview: false,
    load: async () => {
      const { AlertsTab } = await import('../alerts/index.js');
      return { Tab: AlertsTab, keys: [] };
    },
  },
];

/** Begins to load a tab before its page is known, so that both come at the same time. */
export function preloadTab(name: TabName): void {
  // A failure is shown when the tab is opened, which loads it again.
  TABS.find((tab) => tab.name === name)
    ?.load()
    .catch(() => undefined);
}

/**
 * Returns the tabs that exist: those of HTTP, of services and of alerts only if the collector has them, or the address
 * names them.
 */
export function existingTabs(optional: Optional, hasAlerts: boolean, current: TabName): readonly TabEntry[] {
  return TABS.filter(({ name }) => {
    if (name === current) return true;
    if (name === 'alerts') return hasAlerts;
    return (name !== 'http' || optional.http) && (name !== 'services' || optional.services);
  });
}
