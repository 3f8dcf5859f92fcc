import type { ServiceReport } from '../../services/statistics/index.js';

/** Treatment of limits, `-services.enforce`. `new`: connections are ended; `existing`: also those at the start. */
export type EnforceJson = 'off' | 'dry-run' | 'new' | 'existing';

/** Answer of `/services` and `/services/{id}`: watched services, each in each network namespace where it was used. */
export interface ServicesJson {
  /** RFC 3339 UTC. */
  readonly time: string;
  readonly enforce: EnforceJson;
  /** In the order of the file. */
  readonly services: readonly ServiceReport[];
}
