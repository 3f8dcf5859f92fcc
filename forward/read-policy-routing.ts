import { netlink, readDump } from '../native/index.js';
import {
  buildGetRoutesRequest,
  buildGetRulesRequest,
  decodeRoute,
  decodeRule,
  NETLINK_ROUTE,
  type Route,
  RT_TABLE_MAIN,
  RTM_NEWROUTE,
  RTM_NEWRULE,
} from '../netlink/index.js';
import type { PolicyRouting } from './reply-routing.js';

/**
 * Reads the rules and routes of this machine, without those of the main table, which may be a million.
 * @throws AddonError; an error with `syscall` if the kernel refuses; DecodeError
 */
export async function readPolicyRouting(): Promise<PolicyRouting> {
  const requester = new netlink.Requester({ protocol: NETLINK_ROUTE });
  const list = async <T>(
    request: Uint8Array,
    type: number,
    decode: (message: Uint8Array) => T | undefined,
  ): Promise<T[]> => {
    const found: T[] = [];
    for await (const { data, messages } of readDump(requester, { request, dataTypes: [type] })) {
      for (let i = 0; i + 1 < messages.length; i += 2) {
        const at = messages[i] ?? 0;
        const decoded = decode(data.subarray(at, at + (messages[i + 1] ?? 0)));
        if (decoded !== undefined) found.push(decoded);
      }
    }
    return found;
  };
  try {
    const rules = await list(buildGetRulesRequest(), RTM_NEWRULE, decodeRule);
    const routes = await list(buildGetRoutesRequest(), RTM_NEWROUTE, unusualRoute);
    return { rules, routes };
  } finally {
    await requester.close();
  }
}

function unusualRoute(message: Uint8Array): Route | undefined {
  const route = decodeRoute(message);
  return route?.table === RT_TABLE_MAIN ? undefined : route;
}
