import { openedBy, ServiceIndex } from '../../../services/attribution/index.js';
import { openerFields, SocketReader } from '../../../services/census/index.js';
import { WantedServicesError, wantedServices } from '../services/wanted-services.js';
import type { CloseOptions } from './options.js';
import { TargetError } from './target.js';

/** Check whether the message of a socket is of a connection that a service accepted. @throws DecodeError */
export type IsOfService = (message: Uint8Array) => boolean;

/**
 * Returns the check for `--service`: a name in the file of `--config`, or without it an address and ports. A connection
 * that this machine opened belongs to no service.
 * @throws TargetError, ServicesConfigError
 */
export async function serviceConnections({
  service,
  config,
}: Pick<CloseOptions, 'service' | 'config'>): Promise<IsOfService | undefined> {
  if (service === undefined) {
    if (config !== undefined) throw new TargetError('--config has no meaning without --service');
    return undefined;
  }
  const services = await readServices(service, config);
  const named = config === undefined ? services : services.filter(({ name }) => name === service);
  if (named.length === 0) throw new TargetError(`--service=${service}: ${config} has no such service`);
  // All of the file: a connection belongs to the service with its own address before one of all addresses.
  const index = new ServiceIndex(services);
  const reader = new SocketReader();
  return (message) => {
    const { socket, observation } = reader.readMessage(message);
    const found = index.find({ family: socket.family, id: socket.id });
    return found !== undefined && named.includes(found) && openedBy(openerFields(socket, observation)) !== 'local';
  };
}

async function readServices(
  service: string,
  config: string | undefined,
): Promise<NonNullable<Awaited<ReturnType<typeof wantedServices>>>> {
  try {
    return (await wantedServices(config === undefined ? { listen: [service] } : { config })) ?? [];
  } catch (error) {
    if (!(error instanceof WantedServicesError)) throw error;
    throw new TargetError(error.message.replace(/^--listen=/, '--service='), { cause: error });
  }
}
