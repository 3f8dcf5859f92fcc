import type { ConnectionStore } from '../store/index.js';
import { type GroupsPlan, groupsOf } from './groups.js';
import { JsonBytes } from './json-bytes.js';
import { rowWriter } from './row-bytes.js';
import { headAndRowsOf, ROWS_AT_ONCE } from './shared-view.js';
import type { SlicedWork } from './slices.js';
import type { ViewPlan } from './view-plan.js';

const COMMA = Buffer.from(',');
const END = Buffer.from(']}');
const CHUNK_BYTES = 64 * 1024;

/** Computes a view's window as the bytes of its JSON, in steps: chunks, because to join 30 MB takes 15 ms. */
export function* viewBytesOf(store: ConnectionStore, plan: ViewPlan): SlicedWork<Uint8Array[]> {
  const { head, rows } = yield* headAndRowsOf(store, plan);
  const write = rowWriter(plan.fields);
  return yield* listBytes(head, 'connections', rows, (row, into) => write(row, into));
}

/** Computes groups as the bytes of their JSON, in steps. */
export function* groupsBytesOf(store: ConnectionStore, plan: GroupsPlan): SlicedWork<Uint8Array[]> {
  const { groups, ...head } = yield* groupsOf(store, plan);
  return yield* listBytes(head, 'groups', groups, (group, into) => into.json(group));
}

/** Writes an object whose last member is a list. */
function* listBytes<T>(
  head: object,
  name: string,
  elements: readonly T[],
  write: (element: T, into: JsonBytes) => void,
): SlicedWork<Uint8Array[]> {
  const json = new JsonBytes(CHUNK_BYTES);
  json.raw(Buffer.from(`${JSON.stringify(head).slice(0, -1)},${JSON.stringify(name)}:[`));
  let count = 0;
  for (const element of elements) {
    if (count++ > 0) json.raw(COMMA);
    write(element, json);
    if (count % ROWS_AT_ONCE === 0) yield;
  }
  json.raw(END);
  return json.take();
}
