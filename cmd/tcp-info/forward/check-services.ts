import { KERNEL_FILE_BYTES, readSmallFile } from '../../../files/index.js';
import {
  findLoop,
  isOwnAddress,
  missingReplyRouting,
  type PolicyRouting,
  Resolver,
  readPolicyRouting,
} from '../../../forward/index.js';
import { describeSystemError } from '../../../host/errors/index.js';
import { CAP_NET_ADMIN, hasCapability } from '../../../host/index.js';
import type { ServiceConfig } from '../../../services/config/index.js';
import { LoadError } from './load-services.js';

const CAP_NET_RAW = 13n;
/** Longest time to wait for the names of all backends. */
const RESOLVE_MS = 5_000;

/**
 * Checks what no parser can: that there is a service, no backend leads back to its own service, and the process may use
 * the clients' addresses. Reports names that cannot be resolved now, and routing that does not bring answers to clients'
 * addresses back: both may be different later.
 * @throws LoadError
 */
export async function checkServices(
  forwarded: readonly ServiceConfig[],
  warn: (message: string) => void,
): Promise<void> {
  if (forwarded.length === 0) throw new LoadError('no service has a backend: give -p, or backend_port in the file');
  const transparent = forwarded.find(({ forward }) => forward?.source === 'client');
  if (transparent !== undefined && !mayUseAnyAddress()) {
    throw new LoadError(`service ${transparent.name}: source: client needs CAP_NET_RAW or CAP_NET_ADMIN`);
  }
  const addresses = await resolveAll(forwarded, warn);
  const loop = findLoop(forwarded, { ofBackend: (host) => addresses.get(host) ?? [], isOwn: isOwnAddress });
  if (loop !== undefined) {
    const [first = ''] = loop;
    throw new LoadError(`service ${first}: its backend leads back to it: ${[...loop, first].join(' -> ')}`);
  }
  if (transparent !== undefined) await checkReplyRouting(forwarded, addresses, warn);
}

/** Reports each service whose backend's answers to clients' addresses would not come back, once. */
async function checkReplyRouting(
  services: readonly ServiceConfig[],
  addresses: ReadonlyMap<string, readonly string[]>,
  warn: (message: string) => void,
): Promise<void> {
  let routing: PolicyRouting;
  try {
    routing = await readPolicyRouting();
  } catch (error) {
    warn(`source: client: the routes for answers cannot be read: ${describeSystemError(error)}`);
    return;
  }
  for (const { name, forward } of services) {
    if (forward?.source !== 'client') continue;
    const { backendHost, backendPort: port } = forward;
    const missing = (addresses.get(backendHost) ?? [])
      .map((address) => missingReplyRouting({ address, port, isOwn: isOwnAddress(address) }, routing))
      .find((each) => each !== undefined);
    if (missing === undefined) continue;
    warn(`service ${name}: source: client: the backend's answers do not come back, because ${missing}`);
  }
}

async function resolveAll(
  services: readonly ServiceConfig[],
  warn: (message: string) => void,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const resolver = new Resolver();
  const hosts = new Set(services.flatMap(({ forward }) => (forward === undefined ? [] : [forward.backendHost])));
  const found = new Map<string, readonly string[]>();
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${RESOLVE_MS / 1000} s`)), RESOLVE_MS);
  });
  await Promise.all(
    Array.from(hosts, async (host) => {
      try {
        found.set(host, await Promise.race([resolver.addresses(host), tooLate]));
      } catch (error) {
        warn(`backend ${host} cannot be resolved now: ${describeSystemError(error)}`);
      }
    }),
  );
  clearTimeout(timer);
  tooLate.catch(() => undefined);
  return found;
}

function mayUseAnyAddress(): boolean {
  const status = readSmallFile('/proc/self/status', { maxBytes: KERNEL_FILE_BYTES }).toString();
  return hasCapability(status, CAP_NET_RAW) || hasCapability(status, CAP_NET_ADMIN);
}
