import { bootUuidPrefix } from '../../../host/index.js';
import type { ViewJson } from '../../../live/wire/index.js';
import { SourceError } from '../../../view/top/index.js';
import { DEFAULT_SOCKET, parseAddress } from '../top/client/address.js';
import { HttpClient } from '../top/client/http-client.js';
import { UsageError } from './run-action.js';

/** Environment variables that say where the collector is. */
export type CollectorEnvironment = Readonly<Record<string, string | undefined>>;

/** Cookie at the end of a UUID. */
const COOKIE = /_[0-9A-F]{16}$/;

/**
 * Returns the prefix of UUIDs: that of the running collector, found as `tcp-info top` finds it, or the one that a
 * collector with `-uuid-prefix=auto` uses if none answers or it has recorded nothing.
 * @throws UsageError for a wrong TCP_INFO_LIVE, BootPrefixError
 */
export async function findUuidPrefix(
  env: CollectorEnvironment,
): Promise<{ readonly prefix: string; readonly remark: string }> {
  const given = env['TCP_INFO_LIVE'] ?? '';
  const address = parseAddress(given === '' ? DEFAULT_SOCKET : given, env['TCP_INFO_LIVE_TOKEN']);
  if (address === undefined) throw new UsageError(`TCP_INFO_LIVE=${given} is no address of a collector`);
  const client = new HttpClient(address);
  try {
    const { connections } = await client.get<ViewJson>('/connections', { limit: 1, closed: 'true', fields: 'uuid' });
    const uuid = (connections[0] as { readonly uuid?: unknown } | undefined)?.uuid;
    if (typeof uuid === 'string' && COOKIE.test(uuid)) return { prefix: uuid.replace(COOKIE, ''), remark: '' };
    return { prefix: bootUuidPrefix(env), remark: '' };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    // Without a collector there is nothing to remark, unless the user named one.
    const remark = given === '' ? '' : `${error.message}; UUIDs are those of a collector with -uuid-prefix=auto`;
    return { prefix: bootUuidPrefix(env), remark };
  } finally {
    client.close();
  }
}
