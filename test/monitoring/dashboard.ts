import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** Path of the dashboard. */
export const DASHBOARD = resolve(import.meta.dirname, '../../deploy/grafana/dashboards/tcp-info.json');

/** One query of a panel. */
export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly datasource: { readonly type: string; readonly uid: string };
  readonly instant: boolean;
}

/** Position of a panel: in columns of 24, and rows. */
export interface GridPos {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** A panel, or the heading of a row. */
export interface DashboardPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: GridPos;
  readonly targets?: readonly Target[];
  readonly fieldConfig?: { readonly defaults: { readonly unit: string } };
}

/** A variable of the dashboard. */
export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly definition?: string;
}

/** Fields of a dashboard that tests use. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly DashboardPanel[];
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
}

/** Reads the dashboard. */
export function readDashboard(): Dashboard {
  return JSON.parse(readFileSync(DASHBOARD, 'utf8')) as Dashboard;
}

/** Returns a query as Grafana sends it, with every variable set to all values. */
export function filledIn(expr: string, values: { readonly interval: string; readonly range: string }): string {
  return expr
    .replaceAll('$__rate_interval', values.interval)
    .replaceAll('$__range', values.range)
    .replaceAll(/\$(?:job|instance|port_group|side)\b/g, '.*');
}
