import type { ServiceJson } from '../../../live/wire/index.js';
import type { ListedService } from '../../../services/census/index.js';

/** Counts since a start; null if they are unknown. */
type Since = { readonly [Key in 'accepted' | 'rejected' | 'closed']: ServiceJson[Key] | null };

/** Facts that only a collector knows. */
type Commanded = Pick<ServiceJson, 'draining' | 'refused'>;

/** Service to show: from listings of the kernel, or from a collector, which knows what was since its start. */
export interface ShownService extends Omit<ServiceJson, keyof Since | keyof Commanded>, Since, Partial<Commanded> {
  /** Payload a second between the last two readings; null after the first one. */
  readonly rates: ListedService['rates'];
}
