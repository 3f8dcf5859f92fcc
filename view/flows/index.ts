/** Flows of connection tracking as text: tables, facts, lines of events, counters. */
export { COUNTER_NAMES, countersTable, growthColumns, growthLine } from './counters.js';
export { type EventLine, eventHead, eventLine } from './event-line.js';
export { flowFacts } from './flow-facts.js';
export { connectionsTable, type FlowTableOptions, flowTable, type ShownConnection } from './flow-table.js';
export { clockAge, natText, type ShownFlow, type ShownSocket } from './flow-texts.js';
