import type { Distribution } from './distribution.js';
import type { HostGroup, SectionGroup } from './host-group.js';

/**
 * Returns a host as documents of the command and answers of the API have it: times in microseconds, status codes in
 * order, at most `sections` sections, and the most frequent method first.
 */
export function hostGroupJson(group: HostGroup, sections: number) {
  return {
    host: group.host,
    ...restOf(group),
    requests: group.requests,
    responses: group.responses,
    incomplete: group.incomplete,
    status: Object.fromEntries([...group.status].sort(([a], [b]) => a - b)),
    sections: group.sections.slice(0, sections).map(sectionGroupJson),
    ttfbUs: percentiles(group.ttfbUs),
    serverUs: percentiles(group.serverUs),
    responseUs: percentiles(group.responseUs),
    durationUs: percentiles(group.durationUs),
    rttUs: percentiles(group.rttUs),
    retransmitRate: group.retransmitRate === null ? null : round(group.retransmitRate),
    requestBytes: group.requestBytes,
    responseBytes: group.responseBytes,
  };
}

/** Rounds to six decimals. */
export function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

function sectionGroupJson(group: SectionGroup) {
  return {
    section: group.section,
    ...restOf(group),
    requests: group.requests,
    methods: Object.fromEntries([...group.methods].sort(([, a], [, b]) => b - a)),
    ttfbUs: percentiles(group.ttfbUs),
  };
}

/** Returns the mark of a group of all that is not counted apart. */
function restOf({ isRest }: { readonly isRest: boolean }): { readonly rest?: true } {
  return isRest ? { rest: true } : {};
}

function percentiles(of: Distribution) {
  return { p50: of.quantile(0.5), p95: of.quantile(0.95), p99: of.quantile(0.99) };
}
