import type { ExpositionFormat } from '../../metrics/index.js';
import { preferences } from '../http/index.js';

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
