import type { UsedField } from '../../expression/index.js';
import type { StoreRow } from './store-row.js';

/** Parts of a row that are the owner of a socket. */
const OWNERS: readonly string[] = ['process', 'cgroup'];

/** Returns whether a value of a connection is one of its process or cgroup. */
export function isOwner(field: UsedField<StoreRow>): boolean {
  return (
    field.name === 'processUnknown' ||
    field.name === 'unknown-process' ||
    ('part' in field && OWNERS.includes(field.part))
  );
}
