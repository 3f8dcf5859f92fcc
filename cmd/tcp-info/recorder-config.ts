import { realpathSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type { RecorderConfig } from '../../daemon/index.js';
import { ConfigError } from '../flags/config-error.js';
import { parseGoBoolean } from '../flags/go-args.js';
import { parseDurationNs, parseLongDurationNs, parseSize } from '../flags/values.js';
import { accept, type Value } from './flag-value.js';
import type { FlagName } from './flags.js';
import type { GivenValues } from './live-config.js';
import { RECORDER_FLAGS } from './recorder-flags.js';

const MIN_BYTES = 2 ** 20;
const MIN_KEEP_NS = 3600e9;
const [MIN_WINDOW_NS, MAX_WINDOW_NS] = [1e9, 3600e9];

/** Flags that say something about archives alone: without archives they would silently have no effect. */
const ARCHIVES_ALONE: readonly FlagName[] = [
  'output',
  'archive.rotate',
  'archive.sync',
  'archive.keep',
  'archive.max-size',
  'http.archive',
  'trace',
];

/** Configuration of archives and recordings. */
export interface RecordingConfig {
  readonly writesArchives: boolean;
  readonly recorder?: RecorderConfig;
}

/**
 * Returns the configuration of the flight recorder, and whether archives are written at all.
 * @param output absolute path of the archives
 * @throws ConfigError, also for a folder of recordings that lies in that of archives or around it, for flags of a
 *   recorder without one, and for what archives alone need without them
 */
export function recordingConfig(given: GivenValues, cwd: string, output: string): RecordingConfig {
  const recorder = recorderConfig(given, cwd);
  const write = given.one('archive.write');
  if (accept(write, parseGoBoolean, 'true or false')) {
    if (recorder !== undefined) requireApart(output, recorder.output, given.one('recorder.output').origin);
    return { writesArchives: true, ...(recorder === undefined ? {} : { recorder }) };
  }
  if (recorder === undefined) {
    throw new ConfigError(write.origin, 'nothing would be kept: give -recorder and -recorder.output');
  }
  for (const name of ARCHIVES_ALONE) {
    const value = given.all(name).at(-1);
    // -trace=false asks for nothing; units and images set variables for all cases.
    if (value === undefined || parseGoBoolean(value.text) === false || !value.origin.startsWith('-')) continue;
    throw new ConfigError(value.origin, `has no effect: no archives are written with ${write.origin}`);
  }
  return { writesArchives: false, recorder };
}

function recorderConfig(given: GivenValues, cwd: string): RecorderConfig | undefined {
  const window = given.one('recorder');
  if (window.text === '') {
    for (const { name } of RECORDER_FLAGS) {
      const value = given.all(name).at(-1);
      // Variables of units may stay while the recorder is off.
      if (value === undefined || name === 'recorder' || !value.origin.startsWith('-')) continue;
      throw new ConfigError(value.origin, 'there is no recorder: give -recorder, such as -recorder=60s');
    }
    return undefined;
  }
  const folder = given.one('recorder.output');
  if (folder.text.includes('\0')) throw new ConfigError(folder.origin, 'a path cannot hold a NUL byte');
  if (folder.text === '') throw new ConfigError(window.origin, 'no folder for recordings: give -recorder.output');
  const keepNs = accept(given.one('recorder.keep'), parseKeep, 'a duration of at least 1h, such as 7d');
  return {
    keepMs: accept(window, parseWindow, 'a duration from 1s to 1h, such as 60s') / 1e6,
    maxMemoryBytes: bytes(given.one('recorder.max-size'), '64MiB'),
    output: resolve(cwd, folder.text),
    keepRecordingsMs: keepNs / 1e6,
    maxDiskBytes: bytes(given.one('recorder.max-disk'), '1GiB'),
  };
}

function parseWindow(text: string): number | undefined {
  const ns = parseDurationNs(text);
  return ns !== undefined && ns >= MIN_WINDOW_NS && ns <= MAX_WINDOW_NS ? ns : undefined;
}

function parseKeep(text: string): number | undefined {
  const ns = parseLongDurationNs(text);
  return ns !== undefined && Number.isFinite(ns) && ns >= MIN_KEEP_NS ? ns : undefined;
}

function bytes(value: Value, example: string): number {
  const parse = (text: string): number | undefined => {
    const size = parseSize(text);
    return size !== undefined && Number.isFinite(size) && size >= MIN_BYTES ? size : undefined;
  };
  return accept(value, parse, `a size of at least 1MiB, such as ${example}`);
}

/**
 * Checks where the folders really are, behind links, before anything is opened.
 * @throws ConfigError when one lies in the other
 */
export function checkFolders(writesArchives: boolean, output: string, recorder: RecorderConfig | undefined): void {
  if (recorder === undefined || !writesArchives) return;
  requireApart(realPath(output), realPath(recorder.output), `-recorder.output=${recorder.output}`);
}

/** @throws ConfigError when one of two absolute paths lies in the other, or is the other */
function requireApart(output: string, recordings: string, origin: string): void {
  if (isInside(recordings, output)) {
    throw new ConfigError(
      origin,
      `lies in the folder of archives, ${output}: programs that take archives would take it`,
    );
  }
  if (isInside(output, recordings)) {
    throw new ConfigError(origin, `holds the folder of archives, ${output}: give a folder of its own`);
  }
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith('../');
}

/** Returns the real path of a file that need not exist. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    const parent = dirname(path);
    // Whatever it is, the start will find it, too.
    if (parent === path || (error as NodeJS.ErrnoException).code !== 'ENOENT') return path;
    return resolve(realPath(parent), relative(parent, path));
  }
}
