import { editDistance } from '../../words/index.js';
import type { Column } from './column.js';

/** Thrown for a name that is neither a column nor a group. */
export class UnknownColumnError extends Error {
  override readonly name = 'UnknownColumnError';
  readonly code = 'ERR_COLUMN';

  /**
   * @param column the name
   * @param near the most similar names, best first; may be empty
   */
  constructor(
    readonly column: string,
    readonly near: readonly string[],
  ) {
    const hint = near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;
    super(`select column ${column}: no such column or group${hint}`);
  }
}

/** Name that stands for all columns. */
export const ALL_COLUMNS = 'all';

/**
 * Returns the columns of these names, in this order, each once. A name may be a group, for all of its columns, or
 * `all`.
 * @throws UnknownColumnError
 */
export function selectColumns<Row>(names: readonly string[], columns: readonly Column<Row>[]): Column<Row>[] {
  const selected = new Set<Column<Row>>();
  for (const name of names) {
    const found = columns.filter((column) => name === column.name || name === column.group || name === ALL_COLUMNS);
    if (found.length === 0) throw new UnknownColumnError(name, nearNames(name, columns));
    for (const column of found) selected.add(column);
  }
  return [...selected];
}

/** Returns the names of the groups, in the order of the table. */
export function columnGroups<Row>(columns: readonly Column<Row>[]): string[] {
  return [...new Set(columns.map(({ group }) => group))];
}

const MAX_HINTS = 3;

/** Returns names that a typing error may have changed to this one, or that contain it: `tcpi_rtt` for `rtt`. */
function nearNames<Row>(name: string, columns: readonly Column<Row>[]): string[] {
  const wanted = name.toLowerCase();
  const names = [...new Set([...columns.map((column) => column.name), ...columnGroups(columns)])];
  const ranked = names.map((candidate) => {
    const isPart = wanted.length >= 3 && candidate.includes(wanted);
    const distance = editDistance(wanted, candidate);
    // The shortest name that contains it comes first.
    return { candidate, rank: isPart ? candidate.length / 100 : distance };
  });
  const limit = Math.max(1, Math.floor(wanted.length / 4));
  return ranked
    .filter(({ rank }) => rank <= limit)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MAX_HINTS)
    .map(({ candidate }) => candidate);
}
