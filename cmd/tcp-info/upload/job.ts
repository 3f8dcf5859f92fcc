import { lstatSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import type { StoreLocation } from '../../../fleet/objectstore/index.js';
import { type BundleFormat, dayLayout, type Layout, mlabLayout, mlabNode } from '../../../fleet/upload/index.js';
import { describeSystemError } from '../../../host/errors/index.js';
import type { UploadCommandOptions } from './options.js';

/** Thrown for options that make no sense together. */
export class JobError extends Error {
  override readonly name = 'JobError';
}

/** Thrown when the folder of the archives cannot be used. */
export class FolderError extends Error {
  override readonly name = 'FolderError';
}

/** Checked options of an upload. */
export interface Job {
  readonly archives: string;
  readonly state: string;
  readonly to: StoreLocation;
  /** Prefix of all keys, with its slash at the end unless it is empty. */
  readonly prefix: string;
  readonly format: BundleFormat;
  readonly layout: Layout;
}

/** Checks the options that depend on each other. @throws JobError, FolderError */
export function jobOf(options: UploadCommandOptions): Job {
  const { archives, state, to, layout, node, experiment, datatype } = options;
  if (archives === undefined) throw new JobError("missing --archives=DIR, the collector's output folder");
  if (state === undefined) throw new JobError('missing --state=DIR, a folder for bundles that are not confirmed yet');
  if (to === undefined) throw new JobError('missing --to=s3://BUCKET/PREFIX');
  // Programs that read the archives would read bundles in the same folder, too.
  if (`${resolve(state)}${sep}`.startsWith(`${resolve(archives)}${sep}`)) {
    throw new JobError('--state must not be inside of --archives');
  }
  const format = options.format ?? (layout === 'mlab' ? 'tgz' : 'tar.zst');
  const chosen = layout === 'mlab' ? mlab({ format, node, experiment, datatype }) : dayLayout(node);
  checkFolder(archives);
  return { archives, state, to, prefix: to.key === '' ? '' : `${to.key}/`, format, layout: chosen };
}

function mlab({
  format,
  node,
  experiment,
  datatype,
}: {
  readonly format: BundleFormat;
  readonly node: string;
  readonly experiment: string | undefined;
  readonly datatype: string;
}): Layout {
  if (format !== 'tgz') throw new JobError('--layout=mlab takes --format=tgz');
  if (experiment === undefined) throw new JobError('--layout=mlab needs --experiment=NAME');
  const names = mlabNode(node);
  if (names === undefined)
    throw new JobError(`--layout=mlab needs --node=mlabN-abcNN, and not ${JSON.stringify(node)}`);
  return mlabLayout({ experiment, datatype, ...names });
}

function checkFolder(archives: string): void {
  try {
    if (lstatSync(resolve(archives)).isDirectory()) return;
  } catch (error) {
    throw new FolderError(`--archives ${archives}: ${describeSystemError(error)}`, { cause: error });
  }
  throw new FolderError(`--archives ${archives}: not a folder`);
}
