import type { HttpExchange, MessageBytes } from '../index.js';
import { jsonText } from './json-text.js';
import { formatTimeNs } from './time.js';

/**
 * Formats an exchange as a line of JSON without its newline, always with the same keys in the same order;
 * `bodyEstimated` and `conflictingLength` are there only when they are true. Control characters are escaped.
 */
export function exchangeLine(exchange: HttpExchange): string {
  const { connection } = exchange;
  return (
    `{"time":"${formatTimeNs(exchange.timeNs)}","uuid":${text(connection?.uuid)},"netns":${text(exchange.netns)},` +
    `"interface":${jsonText(exchange.interface)},"side":"${exchange.side}",` +
    `"client":${jsonText(exchange.client)},"server":${jsonText(exchange.server)},` +
    `"method":${text(exchange.method)},"host":${jsonText(exchange.host)},"path":${text(exchange.path)},` +
    `"section":${text(exchange.section)},"version":${jsonText(exchange.version)},"status":${exchange.status},` +
    `"requestBytes":${bytes(exchange.requestBytes)},"responseBytes":${bytes(exchange.responseBytes)},` +
    `"requestUs":${exchange.requestUs},"ttfbUs":${exchange.ttfbUs},"responseUs":${exchange.responseUs},` +
    `"durationUs":${exchange.durationUs},"serverUs":${exchange.serverUs},"rttUs":${connection?.rttUs ?? null},` +
    `"position":${exchange.position},"continued":${exchange.continued},"upgraded":${exchange.upgraded},` +
    `${exchange.bodyEstimated ? '"bodyEstimated":true,' : ''}` +
    `${exchange.conflictingLength === true ? '"conflictingLength":true,' : ''}` +
    `"missing":${text(exchange.missing)},"headers":${headers(exchange)}}`
  );
}

function text(value: string | null | undefined): string {
  return value == null ? 'null' : jsonText(value);
}

function bytes(value: MessageBytes | null): string {
  return value === null ? 'null' : `{"head":${value.head},"body":${value.body}}`;
}

function headers({ headers: { request, response } }: HttpExchange): string {
  const [asked, answered] = [Object.entries(request), Object.entries(response)];
  return asked.length + answered.length === 0 ? '{}' : `{"request":${members(asked)},"response":${members(answered)}}`;
}

function members(entries: readonly (readonly [name: string, value: string])[]): string {
  return `{${entries.map(([name, value]) => `${jsonText(name)}:${jsonText(value)}`).join(',')}}`;
}
