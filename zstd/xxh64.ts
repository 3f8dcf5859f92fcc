import xxhash, { type XXHash } from 'xxhash-wasm';

// One WebAssembly instance for the process; compiling it takes about a millisecond.
const api = await xxhash();

/** Returns XXH64 of `bytes` with seed 0, unsigned 64 bits. */
export function xxh64(bytes: Uint8Array): bigint {
  return api.h64Raw(bytes);
}

/** Creates an incremental XXH64 with seed 0. */
export function createXxh64(): XXHash<bigint> {
  return api.create64();
}
