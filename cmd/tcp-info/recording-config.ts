import { resolve } from 'node:path';
import type { RecordConfig } from '../../daemon/index.js';
import { ConfigError } from '../flags/config-error.js';
import { parseSize } from '../flags/values.js';
import { accept } from './flag-value.js';
import type { GivenValues } from './live-config.js';

/** Less, and the start of the recording would be replaced at once. */
const MIN_BYTES = 2 ** 20;

/**
 * Returns the configuration of the recording of netlink batches; undefined without `-record.netlink`.
 * @throws ConfigError, also for a size without a recording
 */
export function recordConfig(given: GivenValues, cwd: string): RecordConfig | undefined {
  const { text, origin } = given.one('record.netlink');
  const [size] = given.all('record.max-size');
  if (text === '') {
    // Variables of units may stay while nothing is recorded.
    if (size?.origin.startsWith('-') === true)
      throw new ConfigError(size.origin, 'nothing is recorded: give a file with -record.netlink');
    return undefined;
  }
  if (text.includes('\0')) throw new ConfigError(origin, 'a path cannot hold a NUL byte');
  const maxBytes = accept(given.one('record.max-size'), parseBytes, 'a size from 1MiB, such as 64MiB');
  return { file: resolve(cwd, text), maxBytes };
}

function parseBytes(text: string): number | undefined {
  const bytes = parseSize(text);
  return bytes !== undefined && bytes >= MIN_BYTES ? bytes : undefined;
}
