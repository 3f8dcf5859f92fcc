import { join } from 'node:path';
import { DownloadError, downloadConnections, downloadObjects, MAX_VARIABLE } from '../../fleet/download/index.js';
import { ObjectStoreError, openStore, parseLocation, type StoreLocation } from '../../fleet/objectstore/index.js';
import { makeTemporaryFolder, TemporaryFolderError, thenRemove } from '../../host/index.js';
import { messageLine, parseSize } from '../../words/index.js';
import { ZstdError } from '../../zstd/index.js';
import { EXIT_FAILED, EXIT_USAGE } from '../flags/exit-codes.js';
import { isRemote, type WithObjectsOptions } from './object-paths.js';

/** Thrown for a location that cannot be understood. */
class LocationError extends Error {
  override readonly name = 'LocationError';
}

/** Errors whose message is complete for a user. */
const EXPECTED = [DownloadError, ObjectStoreError, TemporaryFolderError, ZstdError];
/** Most bytes of a command's objects, unless the environment says otherwise. */
const MAX_BYTES = 16 * 2 ** 30;
/** Cookie of a UUID, or more of it: `host_1700000000_00000000000A77F3`. */
const UUID_END = /^(?:.*_)?[0-9A-F]{4,16}$/i;

/** Runs a command with copies of the objects that its paths name. Returns its exit code. */
export async function runWithObjects(
  paths: readonly string[],
  { program, context, uuidEnd }: WithObjectsOptions,
  run: (paths: readonly string[]) => Promise<number>,
): Promise<number> {
  try {
    const folder = await makeTemporaryFolder('tcp-info-objects-');
    return await thenRemove(folder, async () => {
      const isUuid = uuidEnd !== undefined && UUID_END.test(uuidEnd);
      return await run(await copied(paths, folder, isUuid ? uuidEnd : undefined));
    });
  } catch (error) {
    const isUsage = error instanceof LocationError;
    if (!(error instanceof Error) || !(isUsage || EXPECTED.some((kind) => error instanceof kind))) throw error;
    context.stderr.write(messageLine(program, error.message));
    return isUsage ? EXIT_USAGE : EXIT_FAILED;
  }
}

/** Copies what locations name, and returns the paths with those of the copies in their places. */
async function copied(paths: readonly string[], folder: string, uuidEnd: string | undefined): Promise<string[]> {
  let leftBytes = maxBytes();
  const local: string[] = [];
  for (const [i, text] of paths.entries()) {
    if (!isRemote(text)) {
      local.push(text);
      continue;
    }
    const location = locationOf(text);
    const store = openStore(location, { env: process.env });
    // A folder for each, so that two copies never meet.
    const place = { store, location, text, folder: join(folder, String(i)) };
    const found = uuidEnd === undefined ? undefined : await downloadConnections({ ...place, uuidEnd });
    if (found !== undefined) {
      local.push(found);
      continue;
    }
    const { path, bytes } = await downloadObjects({ ...place, maxBytes: leftBytes });
    leftBytes -= bytes;
    local.push(path);
  }
  return local;
}

function locationOf(text: string): StoreLocation {
  const location = parseLocation(text);
  if (location !== undefined) return location;
  throw new LocationError(`${text}: expected s3://BUCKET/PREFIX or gs://BUCKET/PREFIX`);
}

function maxBytes(): number {
  const text = process.env[MAX_VARIABLE];
  if (text === undefined || text === '') return MAX_BYTES;
  const bytes = parseSize(text);
  if (bytes !== undefined) return bytes;
  throw new LocationError(`${MAX_VARIABLE}=${text}: expected a size, such as 16GiB`);
}
