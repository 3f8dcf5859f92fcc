import { type FieldDefinition, Vocabulary } from '../../../expression/index.js';
import type { HttpRates } from '../../answers/index.js';

const PART = 'http';

/** Returns the fields `http.*` of something that has HTTP. */
export function httpFields<Row>(read: (row: Row) => HttpRates | null): FieldDefinition<Row>[] {
  return [
    {
      ...{ part: PART, name: 'requestsPerSec', type: 'count' as const },
      description: 'Requests per second, mean of the last 10 s',
      read: (row) => read(row)?.requestsPerSec,
    },
    {
      ...{ part: PART, name: 'responsesPerSec', type: 'count' as const },
      description: 'Answers per second, mean of the last 10 s; unknown for a section',
      read: (row) => read(row)?.responsesPerSec,
    },
    {
      ...{ part: PART, name: 'errorRate', type: 'ratio' as const },
      description: 'Share of the answers of the last 10 s with a status from 500; unknown for a section',
      read: (row) => read(row)?.errorRate,
    },
    {
      ...{ part: PART, name: 'ttfbUs', type: 'duration' as const, unit: 'us' },
      aliases: ['http.ttfb'],
      description: '95th percentile of the time to the first byte of the answer, in the last 10 s',
      read: (row) => read(row)?.ttfbUs,
    },
  ];
}

/** Names that rules by `http.host` and `http.section` may use. */
export const HTTP_VOCABULARY: Vocabulary<HttpRates> = new Vocabulary<HttpRates>({
  fields: [
    {
      ...{ part: PART, name: 'host', type: 'text' as const },
      description: 'Host of the requests',
      read: ({ host }) => host,
    },
    {
      ...{ part: PART, name: 'section', type: 'text' as const },
      description: 'First part of the path of the requests',
      read: ({ section }) => section,
    },
    ...httpFields<HttpRates>((subject) => subject),
  ],
});
