import type { AlertsJson, AlertTransitionJson } from '../wire/index.js';

/** Answers about alerts, for the HTTP API. */
export interface AlertAnswering {
  /** Number of alerts that fire. */
  readonly firing: number;
  /** Returns rules, alerts that are not idle, and the last transitions. */
  json(): AlertsJson;
  /**
   * Silences a rule for a while; 0 ends that.
   * @returns the time until which it is silenced, RFC 3339, null if it is not; undefined for an unknown rule
   */
  silence(name: string, forSec: number): string | null | undefined;
  readonly history: {
    /** Number of the last transition; 0 before the first. */
    readonly seq: number;
    /** Returns the kept transitions after a number, oldest first. */
    since(seq: number): readonly AlertTransitionJson[];
    /** Calls back after each new transition. Returns the function that ends this. */
    onAdded(listener: () => void): () => void;
  };
}
