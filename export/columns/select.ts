import { editDistance } from '../../words/index.js';
import type { Column } from './column.js';

/** A name that is neither a column's nor a group's. */
export class UnknownColumnError extends Error {
  override readonly name = 'UnknownColumnError';
  readonly code = 'ERR_COLUMN';

  /**
   * @param column the name
   * @param near the names that are most like it, best first; may be empty
   */
  constructor(
    readonly column: string,
    readonly near: readonly string[],
  ) {
    const hint = near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;
    super(`select column ${column}: no such column or group${hint}`);
  }
}

/** Stands for all columns where names are given. */
export const ALL_COLUMNS = 'all';

/**
 * The columns of these names, in this order, each once. A name may be a group's, for all of its columns, or `all`.
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

/** Names of groups, in the order of the table. */
export function columnGroups<Row>(columns: readonly Column<Row>[]): string[] {
  return [...new Set(columns.map(({ group }) => group))];
}

const MAX_HINTS = 3;

/** Names that are so much like it that it may be a slip, or that it is a part of: `rtt` for `tcpi_rtt`. */
function nearNames<Row>(name: string, columns: readonly Column<Row>[]): string[] {
  const wanted = name.toLowerCase();
  const names = [...new Set([...columns.map((column) => column.name), ...columnGroups(columns)])];
  const ranked = names.map((candidate) => {
    const isPart = wanted.length >= 3 && candidate.includes(wanted);
    const distance = editDistance(wanted, candidate);
    // The shortest name that has it as a part comes first.
    return { candidate, rank: isPart ? candidate.length / 100 : distance };
  });
  const limit = Math.max(1, Math.floor(wanted.length / 4));
  return ranked
    .filter(({ rank }) => rank <= limit)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MAX_HINTS)
    .map(({ candidate }) => candidate);
}
