const SIZE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** Parses a size such as `64MiB`, `1.5GB` or `1048576` to bytes. */
export function parseSize(text: string): number | undefined {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(text) ?? [];
  const size = Object.hasOwn(SIZE_UNITS, unit) && amount !== '' ? Number(amount) * (SIZE_UNITS[unit] ?? 1) : Number.NaN;
  return Number.isSafeInteger(Math.round(size)) ? Math.round(size) : undefined;
}
