import { describe, expect, it } from 'vitest';
import { acceptsGzip } from '../../../live/http/index.js';
import { negotiateFormat } from '../../../live/scrape/negotiate.js';

describe('negotiateFormat', () => {
  it.each([
    [undefined, 'text'],
    ['', 'text'],
    ['*/*', 'text'],
    ['text/html', 'text'],
    ['text/plain;version=0.0.4', 'text'],
    ['application/openmetrics-text', 'openmetrics'],
    ['application/openmetrics-text; version=1.0.0; charset=utf-8', 'openmetrics'],
    ['Application/OpenMetrics-Text;version="1.0.0"', 'openmetrics'],
    ['application/openmetrics-text;version=0.0.1', 'text'],
    ['application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.8', 'text'],
    ['text/plain;q=0.3, application/openmetrics-text;q=0.4', 'openmetrics'],
    ['application/openmetrics-text;q=0', 'text'],
    // Header of Prometheus 2.
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      'openmetrics',
    ],
    ['application/openmetrics-text;q=x', 'text'],
  ])('maps %s to %s', (accept, format) => {
    expect(negotiateFormat(accept)).toBe(format);
  });
});

describe('acceptsGzip', () => {
  it.each([
    [undefined, false],
    ['identity', false],
    ['gzip', true],
    ['deflate, GZIP;q=0.5', true],
    ['gzip;q=0', false],
    ['xgzip', false],
  ])('returns for %s the value %s', (header, accepted) => {
    expect(acceptsGzip(header)).toBe(accepted);
  });
});
