import type { ExpositionFormat } from '../../metrics/index.js';

/** One element of an `Accept` or `Accept-Encoding` header. */
interface Preference {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  /** Quality from 0 (never) to 1. */
  readonly quality: number;
}

/**
 * Returns the format that an `Accept` header asks for: OpenMetrics 1.0 if the client prefers it to plain text, else
 * text. Text is also the default if the header names neither.
 */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  for (const { name, parameters } of preferences(accept)) {
    const version = parameters.get('version') ?? '';
    if (name === 'application/openmetrics-text' && (version === '' || version === '1.0.0')) {
      return 'openmetrics';
    }
    if (name === 'text/plain' && (version === '' || version === '0.0.4')) {
      return 'text';
    }
  }
  return 'text';
}

/** Returns whether an `Accept-Encoding` header accepts gzip. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  return preferences(acceptEncoding).some(({ name }) => name === 'gzip');
}

/** Maximum number of header elements to parse: clients send a few, and each takes time. */
const MAX_ELEMENTS = 100;

/** Parses the elements with a quality above 0, by descending quality, then in the header's order. */
function preferences(header: string | undefined): Preference[] {
  return (header ?? '')
    .split(',', MAX_ELEMENTS)
    .map(parsePreference)
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
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
