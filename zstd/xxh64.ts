import xxhash, { type XXHash } from 'xxhash-wasm';

// One WebAssembly instance for the process; compiling it takes about a millisecond.
const api = await xxhash();

/** XXH64 with seed 0 of `bytes`, unsigned 64 bits. */
export function xxh64(bytes: Uint8Array): bigint {
  return api.h64Raw(bytes);
}

/** XXH64 with seed 0, fed piece by piece. */
export function createXxh64(): XXHash<bigint> {
  return api.create64();
}
