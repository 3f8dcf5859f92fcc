import { createRequire } from 'node:module';

/** What is used of `@mongodb-js/zstd`. */
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
 * The native library, loaded at the first call. Its binary is an optional dependency of its own, one for each platform:
 * undefined where npm was told to leave those out, or where there is none for this platform.
 */
export function zstdLibrary(): Library | undefined {
  found ??= find();
  return 'library' in found ? found.library : undefined;
}

/** Why {@link zstdLibrary} is undefined. */
export function zstdLibraryFailure(): unknown {
  found ??= find();
  return 'failure' in found ? found.failure : undefined;
}
