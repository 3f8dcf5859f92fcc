import type { Settings } from './keys.js';
import type { ServiceConfig } from './service-config.js';

/**
 * Differences from gihnius/monconn that a file can rely on. `timeout_off`: a time-out of 0 is off, there it is the
 * default. `keepalive_on`: without `keepalive` it is on, there it is off. `ip_limit_exact`: a limit of N admits N
 * clients, there N + 1. `idle_both`: `max_idle` starts at accept and counts both directions, there it counts only what
 * clients send.
 */
export const SEED_DIFFERENCES = [
  'read_timeout_off',
  'timeout_off',
  'keepalive_on',
  'ip_limit_exact',
  'idle_both',
] as const;
/** One of {@link SEED_DIFFERENCES}. */
export type SeedDifference = (typeof SEED_DIFFERENCES)[number];

/** Difference from gihnius/monconn, for one log line. */
export interface SeedNote {
  readonly difference: SeedDifference;
  readonly message: string;
  /** Names of the services that rely on it, in the order of the file. */
  readonly services: readonly string[];
}

const MESSAGES: Readonly<Record<SeedDifference, string>> = {
  read_timeout_off:
    'without read_timeout, a client that only receives is not ended; gihnius/monconn ends it after 10 minutes',
  timeout_off: 'a time-out of 0 is off; gihnius/monconn takes its default instead',
  keepalive_on: 'without keepalive, keep-alive is on; gihnius/monconn switches it off',
  ip_limit_exact: 'ip_limit N admits N clients; gihnius/monconn admits N + 1',
  idle_both:
    'max_idle starts at accept and counts both directions; gihnius/monconn counts only what clients send (idle_counts: read)',
};

/** Returns whether a service relies on a difference. Keys of ours show that its author knows them. */
const RELIES: Readonly<Record<SeedDifference, (config: Pick<ServiceConfig, 'mode'>, settings: Settings) => boolean>> = {
  read_timeout_off: (_, { read_timeout: read }) => read === undefined,
  timeout_off: (_, { read_timeout: read, write_timeout: write, wait_timeout: wait, max_idle: idle }) =>
    [read, write, wait, idle].includes(0),
  keepalive_on: (_, { keepalive }) => keepalive === undefined,
  ip_limit_exact: (_, { ip_limit: limit }) => limit !== undefined && limit > 0,
  idle_both: (_, { max_idle: idle, idle_counts: counts }) => idle !== 0 && counts === undefined,
};

/** Returns the differences that forwarded services of a file rely on; gihnius/monconn has no other services. */
export function seedNotes(
  services: readonly { readonly config: Pick<ServiceConfig, 'mode' | 'name'>; readonly settings: Settings }[],
): SeedNote[] {
  return SEED_DIFFERENCES.flatMap((difference) => {
    const relying = services.filter(
      ({ config, settings }) => config.mode === 'forwarded' && RELIES[difference](config, settings),
    );
    if (relying.length === 0) return [];
    return [{ difference, message: MESSAGES[difference], services: relying.map(({ config }) => config.name) }];
  });
}
