import type { PortGroup } from '../../live/network/index.js';
import { ConfigError } from '../flags/config-error.js';
import { parsePortRange } from '../flags/values.js';
import { list, type Value } from './flag-value.js';

/** Upper limit that keeps the number of series readable. */
const MAX_PORT_GROUPS = 64;

/**
 * Parses a list of ports and ranges, such as `-metrics.ports`, into port groups, in the order given.
 * @param why reason for which a port can be given once only
 * @param what name of the items in messages
 * @throws ConfigError for an item that is no port or range, or that overlaps an earlier one
 */
export function portGroups(
  values: readonly Value[],
  why = 'a connection is counted in one group',
  what = 'port groups',
): PortGroup[] {
  const groups: PortGroup[] = [];
  for (const value of values) {
    for (const group of list([value], parseGroup, 'ports and ranges from 1 to 65535, such as 443,5000-5010')) {
      const other = groups.find(({ first, last }) => first <= group.last && group.first <= last);
      if (other !== undefined) {
        const clash = other.text === group.text ? 'is given twice' : `shares ports with '${other.text}'`;
        throw new ConfigError(value.origin, `'${group.text}' ${clash}: ${why}`);
      }
      if (groups.length === MAX_PORT_GROUPS) {
        throw new ConfigError(value.origin, `'${group.text}' is one too many: at most ${MAX_PORT_GROUPS} ${what}`);
      }
      groups.push(group);
    }
  }
  return groups;
}

function parseGroup(text: string): PortGroup | undefined {
  const range = parsePortRange(text);
  if (range === undefined || range.first === 0) return undefined;
  const { first, last } = range;
  // One spelling per group, because it becomes a label.
  return { first, last, text: first === last ? String(first) : `${first}-${last}` };
}
