// @ts-check
// Scenarios of the benchmark: held connections, connections closed per second, or single parts of the code. Pure.

/**
 * @typedef {{ readonly kind: 'held', readonly name: string, readonly connections: number, readonly active: number }
 *   | { readonly kind: 'closes', readonly name: string, readonly perSecond: number }
 *   | { readonly kind: 'micro', readonly name: 'micro' }} Scenario
 */

/** Names of all scenarios. */
export const ALL_SCENARIOS = [
  ...['100/10', '1000/0', '1000/100', '5000/100', '10000/0', '10000/500', '50000/0'],
  ...['1000/s', '10000/s', 'micro'],
];
/** Names of the scenarios with the most information in a few minutes. */
export const QUICK_SCENARIOS = ['100/10', '1000/0', '1000/100', '1000/s', 'micro'];

/**
 * Reads `CONNECTIONS/ACTIVE`, `CLOSES/s` or `micro`.
 * @param {string} name
 * @returns {Scenario | undefined} undefined for any other name
 */
export function parseScenario(name) {
  if (name === 'micro') return { kind: 'micro', name };
  const closes = /^([1-9]\d{0,5})\/s$/.exec(name);
  if (closes !== null) return { kind: 'closes', name, perSecond: Number(closes[1]) };
  const held = /^([1-9]\d{0,5})\/(0|[1-9]\d{0,5})$/.exec(name);
  if (held === null) return undefined;
  const [connections, active] = [Number(held[1]), Number(held[2])];
  return active > connections ? undefined : { kind: 'held', name, connections, active };
}

/**
 * Describes a scenario, for a heading.
 * @param {Scenario} scenario
 */
export function describeScenario(scenario) {
  const count = (/** @type {number} */ number) => number.toLocaleString('en');
  if (scenario.kind === 'micro') return 'Parts of the code';
  if (scenario.kind === 'closes') return `${count(scenario.perSecond)} connections opened and closed a second`;
  const { connections, active } = scenario;
  return `${count(connections)} connections, ${active === 0 ? 'all idle' : `${count(active)} sending every 10 ms`}`;
}

/**
 * Divides connections among processes, each with at most `most`. Returns total and active connections of each process.
 * @param {number} connections
 * @param {number} active
 * @param {number} most that one process holds
 */
export function shareOut(connections, active, most) {
  const shares = Math.ceil(connections / most);
  const part = (/** @type {number} */ whole, /** @type {number} */ i) =>
    Math.floor(whole / shares) + (i < whole % shares ? 1 : 0);
  return Array.from({ length: shares }, (_, i) => ({ connections: part(connections, i), active: part(active, i) }));
}
