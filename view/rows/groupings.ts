/** Fields to group by, each with its name on the screen. */
export const GROUPINGS = [
  { by: 'process.command', name: 'process' },
  { by: 'cgroup.unit', name: 'unit' },
  { by: 'connection.remoteAddress', name: 'peer' },
  { by: 'connection.localPort', name: 'local port' },
  { by: 'connection.remotePort', name: 'remote port' },
  { by: 'mptcp.token', name: 'MPTCP connection' },
] as const;

/** Value of a grouping field. */
export type GroupValue = string | number | boolean | null;

/** Returns the expression that chooses the connections of a group, in addition to a filter. */
export function groupFilter(filter: string, by: string, value: GroupValue): string {
  const condition = `${by} = ${literal(value)}`;
  return filter.trim() === '' ? condition : `(${filter}) and ${condition}`;
}

function literal(value: GroupValue): string {
  return typeof value === 'string' ? `"${value.replaceAll(/["\\]/g, '\\$&')}"` : String(value);
}
