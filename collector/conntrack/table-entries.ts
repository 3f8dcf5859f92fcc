import { buildTableStatisticsRequest, ConntrackDecoder } from '../../conntrack/index.js';
import type { Requester } from '../../native/index.js';

/**
 * Asks for the number of flows in the table of a network namespace: 0 where no rule switches tracking on. Undefined if
 * the kernel does not tell.
 * @throws any error of the addon, and DecodeError
 */
export async function askTableEntries(requester: Pick<Requester, 'ask'>): Promise<number | undefined> {
  const { data, messages, errnos } = await requester.ask(buildTableStatisticsRequest());
  if (errnos[0] !== 0 || messages.length === 0) return undefined;
  return new ConntrackDecoder().tableStatistics(data, messages[0]).entries;
}
