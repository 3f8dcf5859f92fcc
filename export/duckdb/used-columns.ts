import type { Column } from '../columns/index.js';
import { asDuckDbError, type Engine, quoteText } from './engine.js';
import { createTable } from './table-writer.js';

/** Name of the empty table, which no column has. */
const EMPTY_TABLE = 'tcp info: no rows';

/**
 * Checks an SQL expression over columns.
 * @throws DuckDbError `ERR_SQL` with DuckDB's message
 */
export async function checkExpression<Row>(
  engine: Engine,
  columns: readonly Column<Row>[],
  expression: string,
): Promise<void> {
  await engine.run('make table', createTable(EMPTY_TABLE, columns));
  try {
    // The newline ends a comment; the parentheses prevent a second clause or statement.
    const statements = await engine.connection.extractStatements(
      `SELECT (${expression}\n)::BOOLEAN FROM "${EMPTY_TABLE}" WHERE (${expression}\n)`,
    );
    if (statements.count !== 1) throw new Error('it is not one expression');
    (await statements.prepare(0)).destroySync();
  } catch (cause) {
    throw asDuckDbError('--where', withoutStatement(cause), 'ERR_SQL');
  } finally {
    await engine.run('drop table', `DROP TABLE "${EMPTY_TABLE}"`);
  }
}

/** Removes the line of the statement, which we wrote around the expression, from DuckDB's error. */
function withoutStatement(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause;
  return new Error(cause.message.replace(/\n+LINE \d+:[\s\S]*$/, ''), { cause });
}

/**
 * Returns the names of the columns that a SELECT may need, in the columns' order: those mentioned anywhere in it, or
 * all if it has `*` or another construct that uses unnamed columns. May return more than needed, never fewer.
 */
export async function usedColumns<Row>(
  engine: Engine,
  columns: readonly Column<Row>[],
  select: string,
): Promise<readonly string[]> {
  const mentions = await findMentions(engine, select);
  return columns.map(({ name }) => name).filter((name) => mentions.takesAll || mentions.mentions(name));
}

/** Columns and tables that a SELECT may use. */
export interface SelectMentions {
  /** True if it may need columns that it does not mention. */
  readonly takesAll: boolean;
  /** Returns whether the SELECT contains a name of a column or table anywhere. */
  mentions(name: string): boolean;
}

/** Finds the names that a SELECT mentions; assumes all names if DuckDB cannot show them. */
export async function findMentions(engine: Engine, select: string): Promise<SelectMentions> {
  const tree = await parseSelect(engine, select);
  if (tree === undefined) return { takesAll: true, mentions: () => true };
  const mentions = new Mentions();
  mentions.visit(tree);
  return mentions;
}

/** Parses a statement with DuckDB. Returns undefined if DuckDB cannot show the result. */
async function parseSelect(engine: Engine, select: string): Promise<unknown> {
  const [row] = await engine.rows('parse', `SELECT json_serialize_sql(${quoteText(select)})::VARCHAR`);
  const tree: unknown = JSON.parse(String(row?.[0]));
  return isObject(tree) && tree['error'] === false ? tree['statements'] : undefined;
}

/** Types of nodes that use columns without naming them. */
const WHOLE = new Set(['STAR', 'NATURAL', 'PIVOT', 'SHOW_REF', 'POSITIONAL_REFERENCE', 'SUMMARY', 'DESCRIBE']);

/** Collection of every text in a statement's tree. The caller selects the columns; some additional names do no harm. */
class Mentions implements SelectMentions {
  readonly #texts = new Set<string>();
  /** Names and aliases of tables in the statement. */
  readonly #tables = new Set<string>();
  /** Unqualified names: columns, or tables that stand for all columns of a row. */
  readonly #alone = new Set<string>();
  #whole = false;

  get takesAll(): boolean {
    return this.#whole || [...this.#alone].some((name) => this.#tables.has(name));
  }

  mentions(name: string): boolean {
    return this.#texts.has(name.toLowerCase());
  }

  visit(node: unknown): void {
    if (typeof node === 'string') {
      this.#texts.add(node.toLowerCase());
    } else if (Array.isArray(node)) {
      for (const item of node) this.visit(item);
    } else if (isObject(node)) {
      this.#visitObject(node);
    }
  }

  #visitObject(node: Readonly<Record<string, unknown>>): void {
    const { type, class: kind, ref_type: reference, table_name: table, alias, column_names: names } = node;
    for (const what of [type, kind, reference]) {
      if (typeof what === 'string' && WHOLE.has(what)) this.#whole = true;
    }
    if (typeof table === 'string') this.#tables.add(table.toLowerCase());
    if (typeof alias === 'string' && alias !== '') this.#tables.add(alias.toLowerCase());
    if (Array.isArray(names) && names.length === 1) this.#alone.add(String(names[0]).toLowerCase());
    for (const value of Object.values(node)) this.visit(value);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
