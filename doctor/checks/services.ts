import { readSmallFile } from '../../files/index.js';
import { describeSystemError, portOwner } from '../../host/index.js';
import { compileFilter, LOCAL_RULES } from '../../inetdiag/index.js';
import {
  MAX_CONFIG_BYTES,
  NO_LIMITS,
  parseServices,
  type ServiceConfig,
  ServicesConfigError,
} from '../../services/config/index.js';
import { defineCheck, type Verdict } from '../check.js';
import { type DestroySocketFindings, probeDestroySocket } from '../probes/destroy-socket.js';
import { bytes, plural } from '../words.js';

/** Ports whose owner is looked for: each takes a look at all processes. */
const MAX_OWNERS = 64;
/** Names in one list of the report. */
const SHOWN = 8;

/** Owner of a port of a watched service. */
interface PortFacts {
  readonly service: string;
  readonly port: number;
  /** `sshd (pid 412)`; absent if none can be seen. */
  readonly owner?: string;
}

interface Facts extends DestroySocketFindings {
  /** Mistake of the file; absent if it can be used. */
  readonly mistake?: string;
  readonly services: number;
  /** Services that have a limit. */
  readonly limited: number;
  /** Size of the filter that lets their ports through. */
  readonly filterBytes: number;
  /** First ports, at most {@link MAX_OWNERS}. */
  readonly ports: readonly PortFacts[];
}

const NOTHING = { services: 0, limited: 0, filterBytes: 0, ports: [] } as const;

/** Check of watched services and of what their limits need. */
export const services = defineCheck<Facts>({
  name: 'services',
  tells:
    'whether the file of services can be used, whether this process may end connections, and what listens on their ports; only with --services',
  warns: 'services have limits, and the kernel does not let this process end connections',
  fails: 'the file has mistakes: the collector does not start',
  remedy: 'CAP_NET_ADMIN; a kernel with CONFIG_INET_DIAG_DESTROY',
  needs: ['sock-diag'],
  wanted: ({ options }) => options.servicesFile !== undefined,
  gather: async ({ options: { servicesFile = '' } }) => {
    let all: readonly ServiceConfig[];
    try {
      all = (
        await parseServices(readSmallFile(servicesFile, { maxBytes: MAX_CONFIG_BYTES + 1 }).toString(), servicesFile)
      ).services;
    } catch (error) {
      const mistake = error instanceof ServicesConfigError ? error.message : describeSystemError(error);
      return { mistake, ...NOTHING };
    }
    const watched = all.filter(({ mode }) => mode === 'watched');
    const ranges = watched.flatMap(({ listenPorts }) => listenPorts);
    return {
      ...(await probeDestroySocket()),
      services: watched.length,
      limited: watched.filter(({ limits }) => isLimited(limits)).length,
      filterBytes: compileFilter(LOCAL_RULES, ranges).bytecode.length,
      ports: await ownersOf(watched),
    };
  },
  judge: (facts): Verdict => {
    const { mistake, services: count, limited, filterBytes, ports, result, error } = facts;
    if (mistake !== undefined) {
      return { level: 'fail', found: mistake, advice: 'correct the file: the collector does not start with it' };
    }
    if (count === 0) {
      return {
        level: 'fail',
        found: 'the file has no service to watch: each has a backend_port',
        advice: 'tcp-info forward forwards these; for -services leave out backend_port',
      };
    }
    const free = ports.filter(({ owner }) => owner === undefined).map(({ service, port }) => `${service} (${port})`);
    const parts = [
      `${plural(count, 'service')}, ${limited} with limits; the filter of their ports has ${bytes(filterBytes)}`,
      enforcement(result, error),
      free.length === 0 ? 'each port has a listener' : `no listener can be seen for ${list(free)}`,
    ];
    const found = parts.join('; ');
    if (limited === 0 || result === 'destroyed' || result === undefined) return { level: 'ok', found };
    return {
      level: 'warn',
      found,
      advice:
        result === 'unsupported'
          ? 'without CONFIG_INET_DIAG_DESTROY no connection can be ended: leave out -services.enforce, or forward the service'
          : 'grant CAP_NET_ADMIN for -services.enforce (docker: --cap-add NET_ADMIN)',
    };
  },
});

function isLimited({ ipPrefix: _, whenFull: __, idleCounts: ___, ...limits }: ServiceConfig['limits']): boolean {
  return Object.entries(limits).some(([key, value]) =>
    Array.isArray(value) ? value.length > 0 : value !== NO_LIMITS[key as keyof typeof limits],
  );
}

function enforcement(result: DestroySocketFindings['result'], error: string | undefined): string {
  switch (result) {
    case undefined:
      return `not tried to end a connection (${error ?? 'unknown'})`;
    case 'destroyed':
      return 'connections can be ended';
    case 'denied':
      return 'connections cannot be ended without CAP_NET_ADMIN';
    case 'unsupported':
      return 'the kernel is built without CONFIG_INET_DIAG_DESTROY and ends no connection';
    default:
      return `a connection could not be ended (${result})`;
  }
}

async function ownersOf(watched: readonly ServiceConfig[]): Promise<PortFacts[]> {
  const places = watched.flatMap(({ name, listenPorts }) =>
    listenPorts.map(({ first }) => ({ service: name, port: first })),
  );
  const ports: PortFacts[] = [];
  for (const place of places.slice(0, MAX_OWNERS)) {
    const owner = await portOwner(place.port);
    ports.push(owner === undefined ? place : { ...place, owner });
  }
  return ports;
}

function list(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return `${names.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
