import type { CountedService } from '../../../services/census/index.js';
import {
  formatSid,
  parseListenHost,
  parsePorts,
  parseServices,
  type ServiceConfig,
  servicesConflict,
  WHOLE_ADDRESSES,
} from '../../../services/config/index.js';
import { readServicesFile, ServicesFileError } from '../services-file.js';
import type { ServicesOptions } from './options.js';

/** Thrown for a service that is not understood, or a file that cannot be read. */
export class WantedServicesError extends Error {
  override readonly name = 'WantedServicesError';
  /** True if the text of an argument is wrong, false if the file that it names cannot be read. */
  readonly isUsage: boolean;

  constructor(message: string, isUsage: boolean, options?: ErrorOptions) {
    super(message, options);
    this.isUsage = isUsage;
  }
}

/**
 * Returns the services that the arguments name; undefined for every listener.
 * @throws WantedServicesError, ServicesConfigError
 */
export async function wantedServices({
  config,
  listen,
}: Pick<ServicesOptions, 'config' | 'listen'>): Promise<readonly CountedService[] | undefined> {
  if (config !== undefined) return (await readServices(config)).map(ofConfig);
  if (listen === undefined) return undefined;
  const services = listen.map(parseListen);
  const conflict = servicesConflict(services);
  if (conflict !== undefined) throw new WantedServicesError(`--listen: ${conflict}`, true);
  return services;
}

/** @throws WantedServicesError, ServicesConfigError */
async function readServices(file: string): Promise<readonly ServiceConfig[]> {
  let text: string;
  try {
    text = readServicesFile(file);
  } catch (error) {
    if (!(error instanceof ServicesFileError)) throw error;
    throw new WantedServicesError(`read ${file}: ${error.message}`, false, { cause: error });
  }
  return (await parseServices(text, file)).services;
}

function ofConfig({ name, sid, mode, listenHost, listenPorts, limits: { ipPrefix } }: ServiceConfig): CountedService {
  return { name, sid, mode, listenHost, listenPorts, ipPrefix };
}

/** @throws WantedServicesError */
function parseListen(text: string): CountedService {
  const [, address = '', portsText = ''] = /^(?:(.*):)?([\d,\s-]+)$/.exec(text) ?? [];
  const [host, ports] = [parseListenHost(address), parsePorts(portsText)];
  if (host === undefined || ports === undefined || (address.includes(':') && !address.startsWith('['))) {
    throw new WantedServicesError(
      `--listen=${text}: expected a port, or an address and ports, such as 22, 10.0.0.1:5432 or [::1]:443,8000-8010`,
      true,
    );
  }
  const sid = formatSid(host.host, ports);
  return { name: sid, sid, mode: 'watched', listenHost: host.host, listenPorts: ports, ipPrefix: WHOLE_ADDRESSES };
}
