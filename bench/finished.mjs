// @ts-check
// Measures what a connection costs until its row is finished: CPU and memory of the parts that derive it.
//
//   node --expose-gc bench/finished.mjs
//
// Prints JSON: for connections of some numbers of records the microseconds from the first record to the row, of these
// those that do not depend on the number of records, and the bytes of an open connection's state.

import { ConnectionBuilder, Deriver, identify, newDerived, newObservation, observe } from '../dist/analysis/index.js';
import { RecordView } from '../dist/parse/snapshot/index.js';
import { summarize } from './statistics.mjs';
import { SyntheticConnection, template } from './synthetic.mjs';

const START_NS = 1_763_596_800_000_000_000n;
const RECORDS = [1, 3, 30, 300];
const ROUNDS = 9;
const ROUND_MS = 200;
/** Open connections whose memory is measured. */
const OPEN = 2000;

/** Copies a record, because the connection overwrites its own. @param {any} record */
function copyOf({ timestamp, rawIdm, attributes }) {
  const copies = attributes.map((/** @type {Buffer | null} */ each) => (each === null ? null : Buffer.from(each)));
  return { timestamp, rawIdm: Buffer.from(rawIdm), attributes: copies };
}

/** Returns the records of a connection that ends in order. @param {number} number @param {number} records */
function recordsOf(number, records) {
  const connection = new SyntheticConnection(number, template(), START_NS);
  const made = [copyOf(connection.last)];
  while (made.length < records) {
    connection.step();
    if (made.length === records - 2) connection.enter(4); // FIN_WAIT1
    if (made.length === records - 1) connection.enter(7); // CLOSE
    made.push(copyOf(connection.last));
  }
  return { uuid: connection.uuid, startTime: connection.startTime, records: made };
}

const view = new RecordView();
const observation = newObservation();
const derived = newDerived();

/** Adds all records to new state, as a reader does. @param {ReturnType<typeof recordsOf>} connection */
function follow({ uuid, startTime, records }) {
  const [deriver, builder] = [new Deriver(derived), new ConnectionBuilder()];
  let identity;
  for (const record of records) {
    view.load(record);
    identity ??= identify({ uuid, startTime, sequence: 0 }, view);
    builder.add(observation, deriver.next(observe(view, observation)));
  }
  return { deriver, builder, identity };
}

/** Microseconds of a connection in one round. @param {() => void} work @param {number} connections */
function timeRound(work, connections) {
  const [began, end] = [process.cpuUsage(), performance.now() + ROUND_MS];
  let times = 0;
  for (; performance.now() < end; times++) work();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / (times * connections);
}

/** Bytes of the state of an open connection. @param {ReturnType<typeof recordsOf>[]} connections */
function memoryOf(connections) {
  const collect = /** @type {() => void} */ (globalThis.gc);
  const held = () => {
    collect();
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = held();
  const open = [];
  while (open.length < OPEN) open.push(follow(/** @type {any} */ (connections[open.length % connections.length])));
  const after = held();
  return (after - before) / open.length;
}

if (globalThis.gc === undefined || process.argv.length > 2) {
  process.stderr.write('usage: node --expose-gc bench/finished.mjs\n');
  process.exit(2);
}
const results = RECORDS.map((records) => {
  const connections = Array.from({ length: 50 }, (_, i) => recordsOf(i, records));
  let kept;
  const work = () => {
    for (const each of connections) {
      const { builder, identity } = follow(each);
      kept = builder.finish(/** @type {any} */ (identity));
    }
    return kept;
  };
  timeRound(work, connections.length);
  const us = Array.from({ length: ROUNDS }, () => timeRound(work, connections.length));
  return { records, us: summarize(us), bytes: Math.round(memoryOf(connections)) };
});
process.stdout.write(`${JSON.stringify(results, undefined, 1)}\n`);
