import { createRequire } from 'node:module';

/** Used functions of `@mongodb-js/zstd`. */
type Library = Pick<typeof import('@mongodb-js/zstd'), 'compress' | 'decompress'>;

const require = createRequire(import.meta.url);
let found: { readonly library: Library } | { readonly failure: unknown } | undefined;

function find(): NonNullable<typeof found> {
  try {
    return { library: require('@mongodb-js/zstd') };
  } catch (failure) {
    return { failure };
  }
}

/**
 * Returns the native library, loaded by the first call. Its binary is an optional dependency, one per platform:
 * undefined if npm was told to omit those, or if there is no binary for this platform.
 */
export function zstdLibrary(): Library | undefined {
  found ??= find();
  return 'library' in found ? found.library : undefined;
}

/** Returns the reason why {@link zstdLibrary} is undefined. */
export function zstdLibraryFailure(): unknown {
  found ??= find();
  return 'failure' in found ? found.failure : undefined;
}
