import {
  parseForwardArgument,
  parseServices,
  type SeedNote,
  type ServiceConfig,
  servicesConflict,
} from '../../../services/config/index.js';
import { readServicesFile, ServicesFileError } from '../services-file.js';
import type { ForwardOptions } from './options.js';

/** Thrown for services that cannot be used together, and for a file that cannot be read. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
}

/** Services of the command line and the file. */
export interface LoadedServices {
  /** Services with a backend. */
  readonly forwarded: readonly ServiceConfig[];
  /** Names of services without a backend, which are left out. */
  readonly watched: readonly string[];
  readonly notes: readonly SeedNote[];
}

/**
 * Reads the services of the options.
 * @throws LoadError, ServicesConfigError, ForwardArgumentError
 */
export async function loadServices({
  port,
  config,
  dump,
}: Pick<ForwardOptions, 'port' | 'config' | 'dump'>): Promise<LoadedServices> {
  const given = port.map(parseForwardArgument);
  const { services, notes } =
    config === undefined ? { services: [], notes: [] } : await parseServices(readConfig(config), config);
  const forwarded = [...given, ...services.filter(({ mode }) => mode === 'forwarded')];
  const conflict = servicesConflict(forwarded);
  if (conflict !== undefined) throw new LoadError(conflict);
  return {
    forwarded: forwarded.map((service) => withDump(service, dump)),
    watched: services.filter(({ mode }) => mode === 'watched').map(({ name }) => name),
    notes,
  };
}

function readConfig(path: string): string {
  try {
    return readServicesFile(path);
  } catch (error) {
    if (!(error instanceof ServicesFileError)) throw error;
    throw new LoadError(`read ${path}: ${error.message}`, { cause: error });
  }
}

function withDump(service: ServiceConfig, dump: ForwardOptions['dump']): ServiceConfig {
  const { forward } = service;
  if (dump === undefined || forward === undefined || forward.dump !== 'none') return service;
  return { ...service, forward: { ...forward, dump } };
}
