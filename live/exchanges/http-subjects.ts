import type { HttpWindow } from '../../http/report/index.js';
import type { HttpRates } from '../answers/index.js';

const P95 = 0.95;
const SERVER_ERROR = 500;

/** Returns the HTTP of the machine in a window. */
export function machineRates({ hosts, requests, responses, seconds }: HttpWindow): HttpRates {
  let errors = 0;
  let ttfbUs: number | null = null;
  // Times of hosts are kept apart: the machine's is that of the slowest host.
  for (const { status, ttfbUs: times } of hosts) {
    errors += errorsOf(status);
    const p95 = times.quantile(P95);
    if (p95 !== null && (ttfbUs === null || p95 > ttfbUs)) ttfbUs = p95;
  }
  return {
    ...{ host: null, section: null },
    requestsPerSec: perSecond(requests, seconds),
    responsesPerSec: perSecond(responses, seconds),
    errorRate: responses === 0 ? null : errors / responses,
    ttfbUs,
  };
}

/** Returns the HTTP of each host, or of each section of each host, in a window. */
export function partRates({ hosts, seconds }: HttpWindow, by: 'host' | 'section'): HttpRates[] {
  if (by === 'host') {
    return hosts.map(({ host, requests, responses, status, ttfbUs }) => ({
      ...{ host, section: null },
      requestsPerSec: perSecond(requests, seconds),
      responsesPerSec: perSecond(responses, seconds),
      errorRate: responses === 0 ? null : errorsOf(status) / responses,
      ttfbUs: ttfbUs.quantile(P95),
    }));
  }
  return hosts.flatMap(({ host, sections }) =>
    sections.map(({ section, requests, ttfbUs }) => ({
      ...{ host, section, responsesPerSec: null, errorRate: null },
      requestsPerSec: perSecond(requests, seconds),
      ttfbUs: ttfbUs.quantile(P95),
    })),
  );
}

function errorsOf(status: ReadonlyMap<number, number>): number {
  let errors = 0;
  for (const [code, count] of status) if (code >= SERVER_ERROR) errors += count;
  return errors;
}

function perSecond(count: number, seconds: number): number {
  return seconds === 0 ? 0 : count / seconds;
}
