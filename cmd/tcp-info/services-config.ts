import { resolve } from 'node:path';
import type { Daemon, ServicesConfig } from '../../daemon/index.js';
import type { EnforceMode, ServicesSettings } from '../../live/services/index.js';
import type { Logger } from '../../log/index.js';
import { ConfigError } from '../flags/config-error.js';
import { parseGoBoolean } from '../flags/go-args.js';
import { accept } from './flag-value.js';
import type { GivenValues } from './live-config.js';

/**
 * Returns the configuration of watched services; undefined without `-services`.
 * @throws ConfigError, also for limits without services
 */
export function servicesConfig(given: GivenValues, cwd: string): ServicesConfig | undefined {
  const { text, origin } = given.one('services');
  const enforce = given.one('services.enforce');
  const mode = accept(enforce, parseMode, 'true, false, existing or dry-run');
  if (text.includes('\0')) throw new ConfigError(origin, 'a path cannot hold a NUL byte');
  if (text !== '') return { file: resolve(cwd, text), mode };
  if (mode !== 'off') throw new ConfigError(enforce.origin, 'there are no services: give their file with -services');
  return undefined;
}

function parseMode(text: string): EnforceMode | undefined {
  if (text === 'existing' || text === 'dry-run') return text;
  const isOn = parseGoBoolean(text);
  return isOn === undefined ? undefined : isOn ? 'new' : 'off';
}

/**
 * Reads the file of services, before anything is opened.
 * @throws ConfigError if it cannot be read or has no service to watch; ServicesConfigError with all its mistakes
 */
export async function readServices({ file, mode }: ServicesConfig): Promise<ServicesSettings> {
  const { parseServices } = await import('../../services/config/index.js');
  const { services } = await parseServices(await readText(file), file);
  if (services.some((service) => service.mode === 'watched')) return { services, mode };
  throw new ConfigError(`-services=${file}`, 'has no service to watch: each has a backend_port');
}

/** Reads the file again, and passes its services on. One that cannot be used changes nothing, and the log says why. */
export async function reloadServices(
  config: ServicesConfig,
  daemon: Pick<Daemon, 'reloadServices'>,
  log: Logger,
): Promise<void> {
  try {
    const { services } = await readServices(config);
    log.info('services reloaded', { ...daemon.reloadServices(services) });
  } catch (error) {
    if (!(error instanceof Error) || !REFUSALS.has(error.name)) throw error;
    log.error('reload of services refused, nothing has changed', { error: error.message });
  }
}

/** Names of errors of a file that cannot be used. By name: their classes are loaded only with a file. */
const REFUSALS: ReadonlySet<string> = new Set(['ConfigError', 'ServicesConfigError', 'ServicesReloadError']);

async function readText(file: string): Promise<string> {
  const { readServicesFile, ServicesFileError } = await import('./services-file.js');
  try {
    return readServicesFile(file);
  } catch (error) {
    if (!(error instanceof ServicesFileError)) throw error;
    throw new ConfigError(`-services=${file}`, error.message, { cause: error });
  }
}
