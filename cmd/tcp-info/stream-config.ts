import { hostname } from 'node:os';
import { resolve, sep } from 'node:path';
import type { Config } from '../../daemon/index.js';
import { ConfigError } from '../flags/config-error.js';
import { parseCount, parseDurationNs, parseSize } from '../flags/values.js';
import { accept, list, type Value } from './flag-value.js';
import type { GivenValues } from './live-config.js';
import { STREAM_FLAGS } from './stream-flags.js';

type StreamSettings = NonNullable<Config['stream']>;

const CHOICES = ['c', 'o', 's'] as const;
/** Less, and the segments that are written would fill it. */
const MIN_BYTES = 2 ** 20;
/** A name as it is part of subjects and file names elsewhere. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/**
 * Returns the configuration of the stream of rows; undefined without `-stream.output`.
 * @param archives folder of archives
 * @throws ConfigError, also for another flag of it without a folder
 */
export function streamConfig(
  given: GivenValues,
  environment: Readonly<Record<string, string | undefined>>,
  cwd: string,
  archives: string,
): StreamSettings | undefined {
  const folder = given.one('stream.output');
  if (folder.text === '') {
    for (const { name, fallback } of STREAM_FLAGS) {
      const [value] = given.all(name);
      // A file of options may list what is so anyway.
      if (value === undefined || value.text === fallback) continue;
      throw new ConfigError(value.origin, 'there is no stream: give its folder with -stream.output');
    }
    return undefined;
  }
  const duration = (name: 'every' | 'open-every' | 'flush-age', least: number, most: number, range: string): number =>
    accept(given.one(`stream.${name}`), (text) => inRange(parseDurationNs(text), least, most), range) / 1e6;
  return {
    output: outputFolder(folder, cwd, archives),
    kinds: kinds(given),
    everyMs: duration('every', 1e9, 600e9, 'a duration from 1s to 10m, such as 10s'),
    openEveryMs: duration('open-every', 10e9, 24 * 3600e9, 'a duration from 10s to 24h, such as 10m'),
    flushAgeMs: duration('flush-age', 1e9, 600e9, 'a duration from 1s to 10m, such as 10s'),
    maxBytes: accept(
      given.one('stream.max-size'),
      (text) => inRange(parseSize(text), MIN_BYTES, Number.MAX_SAFE_INTEGER),
      'a size from 1MiB, such as 1GiB',
    ),
    maxRows: accept(
      given.one('stream.max-rows'),
      (text) => inRange(parseCount(text), 1, 1e9),
      'a whole number from 1, such as 5000',
    ),
    cluster: accept(given.one('stream.cluster'), parseName, 'up to 63 letters, digits and -._'),
    node: nodeName(given.one('stream.node'), environment),
  };
}

/** Archives and segments have different owners at the end: an uploader of one must not take the other. */
function outputFolder({ text, origin }: Value, cwd: string, archives: string): string {
  if (text.includes('\0')) throw new ConfigError(origin, 'a path cannot hold a NUL byte');
  const path = resolve(cwd, text);
  if (isWithin(path, archives) || isWithin(archives, path)) {
    throw new ConfigError(origin, `is not apart from the archives in ${archives}: give a folder of its own`);
  }
  return path;
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function kinds(given: GivenValues): StreamSettings['kinds'] {
  const value = given.one('stream.kinds');
  const all = given.all('stream.kinds');
  const parse = (text: string): (typeof CHOICES)[number] | undefined => CHOICES.find((each) => each === text);
  const chosen = list(all.length === 0 ? [value] : all, parse, 'some of c, o, s');
  if (chosen.length === 0) throw new ConfigError(value.origin, 'expected some of c, o, s');
  return CHOICES.filter((each) => chosen.includes(each));
}

function nodeName(value: Value, environment: Readonly<Record<string, string | undefined>>): string {
  if (value.text !== '') return accept(value, parseName, 'up to 63 letters, digits and -._');
  const name = environment['NODE_NAME'] || hostname();
  const found = parseName(name);
  if (found === undefined)
    throw new ConfigError('-stream.node', `the name ${JSON.stringify(name)} will not do: give one`);
  return found;
}

function parseName(text: string): string | undefined {
  return NAME.test(text) ? text : undefined;
}

function inRange(value: number | undefined, least: number, most: number): number | undefined {
  return value !== undefined && value >= least && value <= most ? value : undefined;
}
