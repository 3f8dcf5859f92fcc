/** One element of an `Accept` or `Accept-Encoding` header. */
export interface Preference {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** Quality from 0 (never) to 1. */
  readonly quality: number;
}

/** Maximum number of header elements to parse: clients send a few, and each takes time. */
const MAX_ELEMENTS = 100;

/** Parses the elements with a quality above 0, by descending quality, then in the header's order. */
export function preferences(header: string | undefined): readonly Preference[] {
  return (header ?? '')
    .split(',', MAX_ELEMENTS)
    .map(parsePreference)
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
}

/** Returns whether an `Accept-Encoding` header accepts gzip. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  return preferences(acceptEncoding).some(({ name }) => name === 'gzip');
}

function parsePreference(element: string): Preference {
  const [name = '', ...rest] = element.split(';').map((part) => part.trim());
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const [key = '', value = ''] = parameter.split('=', 2);
    parameters.set(key.trim().toLowerCase(), value.trim().replaceAll('"', ''));
  }
  const quality = Number(parameters.get('q') ?? 1);
  return { name: name.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 0 : quality };
}
