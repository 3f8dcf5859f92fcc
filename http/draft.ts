import type { CountedExchangeBuffer } from './counted-exchange.js';
import type { HttpExchange, Missing } from './exchange.js';
import type { NamedFlow } from './http-flow.js';
import { serverUs } from './joined-exchange.js';
import type { RequestTarget } from './target.js';

const NO_FIELDS: Readonly<Record<string, string>> = Object.freeze({});
const NO_HEADERS: HttpExchange['headers'] = Object.freeze({ request: NO_FIELDS, response: NO_FIELDS });

/** An exchange in the making. Times are the tap's: nanoseconds since its first packet. */
export class Draft {
  next: Draft | null = null;
  /** Which exchange of its flow it is, from 1. */
  readonly position: number;
  /** Acknowledgment number of the segment in which the request began. */
  acknowledgment = 0;
  /** null when the request is missing. */
  method: string | null = null;
  /** Host, path and section of the request; null when it is missing. */
  named: RequestTarget | null = null;
  version = '';
  requestFirst = 0;
  requestLast = 0;
  requestHead = 0;
  requestBody = 0;
  requestDone = false;
  requestFields: Readonly<Record<string, string>> = NO_FIELDS;
  /** 0 without an answer. */
  status = 0;
  responseFirst = 0;
  responseLast = 0;
  responseHead = 0;
  responseBody = 0;
  /** True if the answer has passed, or will not come. */
  responseDone = false;
  responseFields: Readonly<Record<string, string>> = NO_FIELDS;
  estimated = false;
  continued = false;
  upgraded = false;
  conflicting = false;
  missing: Missing | null = null;

  constructor(position: number) {
    this.position = position;
  }

  /** Takes the answer out of a pair that may be wrong. Returns it as an exchange without a request. */
  split(position: number): Draft {
    const answer = new Draft(position);
    answer.version = this.version;
    answer.requestDone = true;
    answer.status = this.status;
    answer.responseFirst = this.responseFirst;
    answer.responseLast = this.responseLast;
    answer.responseHead = this.responseHead;
    answer.responseBody = this.responseBody;
    answer.responseDone = this.responseDone;
    answer.responseFields = this.responseFields;
    answer.estimated = this.estimated;
    answer.upgraded = this.upgraded;
    this.status = 0;
    this.responseHead = 0;
    this.responseBody = 0;
    this.responseFields = NO_FIELDS;
    this.upgraded = false;
    this.continued = false;
    this.responseDone = true;
    return answer;
  }

  /**
   * Returns the exchange.
   * @param epochNs When the tap's time began, in nanoseconds since 1970.
   */
  toExchange(flow: NamedFlow, epochNs: bigint): HttpExchange {
    const asked = this.method !== null;
    const answered = this.status !== 0;
    const whole = this.missing === null;
    const { named } = this;
    const ttfbUs = whole ? micros(this.requestLast, this.responseFirst) : null;
    const exchange: HttpExchange = {
      timeNs: epochNs + BigInt(asked ? this.requestFirst : this.responseFirst),
      connection: flow.connection,
      netns: flow.netns,
      interface: flow.interface,
      side: flow.side,
      client: flow.client,
      server: flow.server,
      method: this.method,
      host: named?.host ?? flow.serverHost,
      path: named?.path ?? null,
      section: named?.section ?? null,
      version: this.version,
      status: answered ? this.status : null,
      requestBytes: asked ? { head: this.requestHead, body: this.requestBody } : null,
      responseBytes: answered ? { head: this.responseHead, body: this.responseBody } : null,
      bodyEstimated: this.estimated,
      requestUs: whole ? micros(this.requestFirst, this.requestLast) : null,
      ttfbUs,
      responseUs: whole ? micros(this.responseFirst, this.responseLast) : null,
      durationUs: whole ? micros(this.requestFirst, this.responseLast) : null,
      serverUs: ttfbUs === null ? null : serverUs(flow.side, ttfbUs, flow.connection),
      position: this.position,
      continued: this.continued,
      upgraded: this.upgraded,
      conflictingLength: this.conflicting,
      missing: this.missing,
      headers:
        this.requestFields === NO_FIELDS && this.responseFields === NO_FIELDS
          ? NO_HEADERS
          : { request: this.requestFields, response: this.responseFields },
    };
    return exchange;
  }

  /**
   * Fills in what totals need of the exchange.
   * @param epochUs When the tap's time began, in microseconds since 1970.
   */
  count(flow: NamedFlow, epochUs: number, into: CountedExchangeBuffer): void {
    const asked = this.method !== null;
    const answered = this.status !== 0;
    const whole = this.missing === null;
    const { named } = this;
    const ttfbUs = whole ? micros(this.requestLast, this.responseFirst) : null;
    into.beginUs = epochUs + Math.round((asked ? this.requestFirst : this.responseFirst) / 1000);
    into.connection = flow.connection;
    into.interface = flow.interface;
    into.side = flow.side;
    into.method = this.method;
    into.host = named?.host ?? flow.serverHost;
    into.section = named?.section ?? null;
    into.status = answered ? this.status : null;
    into.requestLength = asked ? this.requestHead + this.requestBody : 0;
    into.responseLength = answered ? this.responseHead + this.responseBody : 0;
    into.requestUs = whole ? micros(this.requestFirst, this.requestLast) : null;
    into.ttfbUs = ttfbUs;
    into.responseUs = whole ? micros(this.responseFirst, this.responseLast) : null;
    into.durationUs = whole ? micros(this.requestFirst, this.responseLast) : null;
    into.serverUs = ttfbUs === null ? null : serverUs(flow.side, ttfbUs, flow.connection);
    into.missing = this.missing;
  }
}

/** An answer may begin before its request has ended; such a time is 0. */
function micros(from: number, to: number): number {
  return to > from ? Math.round((to - from) / 1000) : 0;
}
