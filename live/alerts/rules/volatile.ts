import type { UsedField } from '../../../expression/index.js';
import type { StoreRow } from '../../store/index.js';

/** Parts of a row that become known without a record: their owners are looked for meanwhile. */
const PARTS: readonly string[] = ['process', 'cgroup', 'nat'];
/** Values that grow with time, or become known without a record. */
const NAMES: readonly string[] = ['ageUs', 'processUnknown', 'alerts', 'limitedUs', 'new', 'unknown-process', 'firing'];

/** Returns whether a value of a connection may change in a second in which there was no record of it. */
export function isVolatile(field: UsedField<StoreRow>): boolean {
  if (NAMES.includes(field.name)) return true;
  return 'part' in field && (PARTS.includes(field.part) || isSummed(field));
}

/** Time of the last record on counts for what limited a connection, and only its summary knows. */
function isSummed({ part, name }: { readonly part: string; readonly name: string }): boolean {
  return part === 'connection' && name.startsWith('limitedBy');
}
