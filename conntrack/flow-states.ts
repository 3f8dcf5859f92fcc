import { DccpConntrack, SctpConntrack, TcpConntrack } from './state.js';

/** Names of the states of flows. */
export const FLOW_STATES: readonly string[] = [
  ...new Set([TcpConntrack, SctpConntrack, DccpConntrack].flatMap((states) => Object.keys(states))),
];

/** Parses names of states with commas, in any case, or `state_12` for an unknown one; undefined for any other text. */
export function parseFlowStates(text: string): string[] | undefined {
  const found = text.split(',').map((state) => state.trim().toUpperCase());
  return found.every((state) => FLOW_STATES.includes(state) || /^STATE_\d{1,3}$/.test(state)) ? found : undefined;
}
