import type { Colour } from '../../../chart/index.js';

/** What may limit a connection, in the order in which it is shown, with its words and colour. */
export const LIMITS = [
  { name: 'cwnd', label: 'congestion window', colour: 'blue' },
  { name: 'loss', label: 'loss', colour: 'orange' },
  { name: 'rwnd', label: 'receiver window', colour: 'purple' },
  { name: 'sndbuf', label: 'send buffer', colour: 'amber' },
  { name: 'pacing', label: 'pacing', colour: 'sky' },
  { name: 'application', label: 'application', colour: 'green' },
  { name: 'idle', label: 'idle', colour: 'grey' },
] as const satisfies readonly { readonly name: string; readonly label: string; readonly colour: Colour }[];
/** One of them. */
export type LimitName = (typeof LIMITS)[number]['name'];

/** Its words, e.g. `receiver window`. */
export function limitLabel(name: LimitName): string {
  return LIMITS.find((each) => each.name === name)?.label ?? name;
}
