import type { Column } from '../columns/column.js';
import { asDuckDbError, type Engine, quoteText } from './engine.js';
import { createTable } from './table-writer.js';

/** A name that no column has. */
const EMPTY_TABLE = 'tcp info: no rows';

/**
 * Has DuckDB look at an expression over columns.
 * @throws DuckDbError `ERR_SQL` with what is wrong, as DuckDB says it
 */
export async function checkExpression<Row>(
  engine: Engine,
  columns: readonly Column<Row>[],
  expression: string,
): Promise<void> {
  await engine.run('make table', createTable(EMPTY_TABLE, columns));
  try {
    // The newline ends a comment; the parentheses keep out a second clause or statement.
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

/** DuckDB's error without the line of the statement, which is ours around the expression. */
function withoutStatement(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause;
  return new Error(cause.message.replace(/\n+LINE \d+:[\s\S]*$/, ''), { cause });
}

/**
 * Names of the columns that a SELECT may need, in the columns' order: those that it mentions anywhere, or all when it has
 * a `*` or something else that stands for columns without naming them. May be more than it needs, never fewer.
 */
export async function usedColumns<Row>(
  engine: Engine,
  columns: readonly Column<Row>[],
  select: string,
): Promise<readonly string[]> {
  const mentions = await findMentions(engine, select);
  return columns.map(({ name }) => name).filter((name) => mentions.takesAll || mentions.mentions(name));
}

/** What a SELECT may be about. */
export interface SelectMentions {
  /** Whether it may need columns that it does not mention. */
  readonly takesAll: boolean;
  /** Whether a name of a column or a table is somewhere in it. */
  mentions(name: string): boolean;
}

/** What a SELECT mentions; everything, when DuckDB does not say. */
export async function findMentions(engine: Engine, select: string): Promise<SelectMentions> {
  const tree = await parseSelect(engine, select);
  if (tree === undefined) return { takesAll: true, mentions: () => true };
  const mentions = new Mentions();
  mentions.visit(tree);
  return mentions;
}

/** What DuckDB's parser makes of a statement; undefined of what it does not show. */
async function parseSelect(engine: Engine, select: string): Promise<unknown> {
  const [row] = await engine.rows('parse', `SELECT json_serialize_sql(${quoteText(select)})::VARCHAR`);
  const tree: unknown = JSON.parse(String(row?.[0]));
  return isObject(tree) && tree['error'] === false ? tree['statements'] : undefined;
}

/** Kinds of nodes that take columns which they do not name. */
const WHOLE = new Set(['STAR', 'NATURAL', 'PIVOT', 'SHOW_REF', 'POSITIONAL_REFERENCE', 'SUMMARY', 'DESCRIBE']);

/** Every text in a statement's tree. Which of them are columns the caller knows; a few too many do no harm. */
class Mentions implements SelectMentions {
  readonly #texts = new Set<string>();
  /** Names of tables, and what they are called in the statement. */
  readonly #tables = new Set<string>();
  /** Names that stand alone: of columns, or of tables for all columns of a row. */
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
