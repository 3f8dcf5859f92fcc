import { resolve } from 'node:path';
import type { ServicesConfig } from '../../daemon/index.js';
import type { EnforceMode, ServicesSettings } from '../../live/services/index.js';
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

async function readText(file: string): Promise<string> {
  const { readServicesFile, ServicesFileError } = await import('./services-file.js');
  try {
    return readServicesFile(file);
  } catch (error) {
    if (!(error instanceof ServicesFileError)) throw error;
    throw new ConfigError(`-services=${file}`, error.message, { cause: error });
  }
}
