import { describe, expect, it } from 'vitest';
import { type CountedExchange, countedExchange, type HttpTapOptions } from '../../http/index.js';
import { capture } from './capture.js';
import { FRAMING_CASES } from './cases.js';

/** The server's end is this machine's, and the connection is known. */
const JOINED: Partial<HttpTapOptions> = {
  isOwn: (address) => address === '10.77.0.2',
  onFlow: (flow) => {
    flow.connection = { uuid: 'host_1_2', rttUs: 40, totalRetrans: 1, segsOut: 2 };
  },
};

describe('what is counted of an exchange', () => {
  it.each(FRAMING_CASES)('is the same without the exchange: $name', ({ segments }) => {
    const lost = segments.filter((_, i) => i !== 4);
    for (const packets of [segments, segments.slice(3), lost]) {
      for (const options of [{}, JOINED, { snaplen: 100 }]) {
        const counted: CountedExchange[] = [];
        const { exchanges } = capture(packets, options);
        const silent = capture(packets, { ...options, onCounted: (exchange) => counted.push({ ...exchange }) });
        expect(silent.exchanges).toEqual([]);
        expect(counted).toEqual(exchanges.map(countedExchange));
        expect(silent.counts).toEqual(capture(packets, options).counts);
      }
    }
    expect(capture(segments).exchanges).not.toEqual([]);
  });
});
