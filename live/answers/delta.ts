import type { DeltaEventJson, RowJson, ViewEventJson } from '../wire/index.js';

type Json = Readonly<Record<string, unknown>>;

/** Returns the changes from one state of a view to a later one. */
export function deltaOf(before: ViewEventJson, now: ViewEventJson): DeltaEventJson {
  const rows = rowsByKey();
  for (const [key, row] of Object.entries(now.rows)) {
    const known = Object.hasOwn(before.rows, key) ? before.rows[key] : undefined;
    const changed = known === undefined ? row : changesOf(known as Json, row as Json);
    if (changed !== undefined) rows[key] = changed as RowJson;
  }
  const gone = Object.keys(before.rows).filter((key) => !Object.hasOwn(now.rows, key));
  const { time, generation, total, matched, closed } = now;
  const isReordered = before.order.length !== now.order.length || before.order.some((key, i) => key !== now.order[i]);
  return {
    ...{ time, generation, total, matched, closed },
    ...(isReordered ? { order: now.order } : {}),
    rows,
    ...(gone.length === 0 ? {} : { gone }),
  };
}

/** Returns the view that follows from a view and a change of it. */
export function applyDelta(view: ViewEventJson, delta: DeltaEventJson): ViewEventJson {
  const { time, generation, total, matched, closed } = delta;
  const rows = rowsByKey(view.rows);
  for (const key of delta.gone ?? []) delete rows[key];
  for (const [key, changes] of Object.entries(delta.rows)) rows[key] = changed(rows[key], changes);
  const { offset } = view;
  return { time, generation, total, matched, closed, offset, order: delta.order ?? view.order, rows };
}

/** Creates an object for rows by their keys, which archives may have chosen: none of them is a property of objects. */
export function rowsByKey(rows: Readonly<Record<string, RowJson>> = {}): Record<string, RowJson> {
  return Object.assign(Object.create(null), rows);
}

function changed(row: RowJson | undefined, changes: RowJson): RowJson {
  if (row === undefined) return changes;
  const result: Record<string, unknown> = { ...row };
  for (const [name, value] of Object.entries(changes)) {
    const known = result[name];
    result[name] = isObject(value) && isObject(known) ? { ...known, ...value } : value;
  }
  return result as RowJson;
}

/** Returns the changed keys of a row, of each part only the changed keys; undefined without any. */
function changesOf(before: Json, now: Json): Json | undefined {
  const changes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(now)) {
    const known = before[name];
    if (known === value) continue;
    if (isObject(value) && isObject(known)) {
      const part = changedKeys(known, value);
      if (part !== undefined) changes[name] = part;
    } else if (!isSame(known, value)) changes[name] = value;
  }
  return Object.keys(changes).length === 0 ? undefined : changes;
}

function changedKeys(before: Json, now: Json): Json | undefined {
  const changes: Record<string, unknown> = {};
  let any = false;
  for (const [name, value] of Object.entries(now)) {
    if (isSame(before[name], value)) continue;
    changes[name] = value;
    any = true;
  }
  return any ? changes : undefined;
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  return typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
