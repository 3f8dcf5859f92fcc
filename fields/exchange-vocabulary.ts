import { type FlagDefinition, Vocabulary } from '../expression/index.js';
import { type HttpExchange, type HttpSide, type MessageBytes, type Missing, microseconds } from '../http/index.js';
import { formatTimeNs } from '../http/report/index.js';
import { isScalar, type RowField, type ScalarField } from './row-field.js';

/** All values of fields that have few: an expression that names another one is refused; it would match nothing. */
const SIDES: readonly HttpSide[] = ['server', 'client', 'local', 'forwarded', 'unknown'];
const MISSING: readonly Missing[] = ['request', 'response', 'gap', 'truncated', 'start', 'overload'];

const part = 'exchange';

/** Returns the address of an end `address:port` or `[address]:port`. */
function addressOf(end: string): string {
  const address = end.slice(0, end.lastIndexOf(':'));
  return address.startsWith('[') ? address.slice(1, -1) : address;
}

/** Returns the port of an end `address:port` or `[address]:port`. */
function portOf(end: string): number {
  return Number(end.slice(end.lastIndexOf(':') + 1));
}

/** Fields of an end; as JSON it has its port, too. */
function endFields(
  name: 'client' | 'server',
  who: string,
  aliases: { readonly address: string; readonly port: string },
): ScalarField<HttpExchange>[] {
  return [
    {
      part,
      name,
      aliases: [aliases.address],
      type: 'address',
      description: `Address of ${who}; with its port where it is printed`,
      isDefault: name === 'client',
      read: (exchange) => addressOf(exchange[name]),
      json: (exchange) => exchange[name],
    },
    {
      part,
      name: `${name}Port`,
      aliases: [aliases.port],
      type: 'port',
      description: `Port of ${who}`,
      read: (exchange) => portOf(exchange[name]),
    },
  ];
}

function durationField(
  name: 'requestUs' | 'ttfbUs' | 'responseUs' | 'durationUs' | 'serverUs',
  alias: string,
  description: string,
): ScalarField<HttpExchange> {
  return {
    part,
    name,
    aliases: [alias],
    type: 'duration',
    unit: 'us',
    description: `${description}; null if not known`,
    isDefault: name === 'ttfbUs',
    read: (exchange) => exchange[name],
  };
}

/** Bytes of a message: all of them, its head, its body. */
function bytesFields(name: 'requestBytes' | 'responseBytes', message: string): ScalarField<HttpExchange>[] {
  const field = (
    suffix: string,
    description: string,
    read: (bytes: MessageBytes) => number,
  ): ScalarField<HttpExchange> => ({
    part,
    name: suffix === '' ? name : name.replace('Bytes', suffix),
    type: 'bytes',
    unit: 'B',
    description: `${description} of ${message}; null if it is missing`,
    read: (exchange) => {
      const bytes = exchange[name];
      return bytes === null ? null : read(bytes);
    },
  });
  return [
    field('', 'Bytes, head and body,', ({ head, body }) => head + body),
    field('HeadBytes', 'Bytes of the head', ({ head }) => head),
    field('BodyBytes', 'Bytes of the body, with what frames it,', ({ body }) => body),
  ];
}

/** Fields of an exchange: a request and its answer. */
export const EXCHANGE_FIELDS: readonly RowField<HttpExchange>[] = [
  {
    part,
    name: 'time',
    type: 'time',
    unit: 'us',
    description: "Time of the request's first byte at this machine's tap",
    isDefault: true,
    read: ({ timeNs }) => microseconds(timeNs),
    json: ({ timeNs }) => formatTimeNs(timeNs),
  },
  {
    part,
    name: 'uuid',
    type: 'text',
    description: 'UUID of the connection, as its archive has it; null without a join',
    read: ({ connection }) => connection?.uuid,
  },
  {
    part,
    name: 'netns',
    type: 'text',
    description: "Network namespace; null for the program's own one",
    read: ({ netns }) => netns,
  },
  {
    part,
    name: 'interface',
    type: 'text',
    description: 'Interface where the connection was first seen',
    read: (exchange) => exchange.interface,
  },
  {
    part,
    name: 'side',
    type: 'text',
    values: SIDES,
    description: 'End that is this machine: server, client, local (both), forwarded (neither), unknown (in files)',
    read: ({ side }) => side,
  },
  ...endFields('client', 'the end that asks', { address: 'src', port: 'sport' }),
  ...endFields('server', 'the end that answers', { address: 'dst', port: 'dport' }),
  {
    part,
    name: 'method',
    type: 'text',
    description: 'Method; null if the request is missing',
    isDefault: true,
    read: ({ method }) => method,
  },
  {
    part,
    name: 'host',
    type: 'text',
    description: 'Host of the request in lower case, without port 80; without one the address of the server',
    isDefault: true,
    read: ({ host }) => host,
  },
  {
    part,
    name: 'path',
    type: 'text',
    description: 'Target, without its query unless --query is given; null if the request is missing',
    isDefault: true,
    read: ({ path }) => path,
  },
  {
    part,
    name: 'section',
    type: 'text',
    description: 'Path up to its second /; null if the request is missing',
    read: ({ section }) => section,
  },
  { part, name: 'version', type: 'text', description: 'Version: 1.0 or 1.1', read: ({ version }) => version },
  {
    part,
    name: 'status',
    type: 'number',
    description: 'Status code of the final answer; null without one',
    isDefault: true,
    read: ({ status }) => status,
  },
  ...bytesFields('requestBytes', 'the request'),
  ...bytesFields('responseBytes', 'the answer'),
  durationField('requestUs', 'request', "Time from the request's first byte to its last"),
  durationField('ttfbUs', 'ttfb', "Time from the request's last byte to the answer's first"),
  durationField('responseUs', 'response', "Time from the answer's first byte to its last"),
  durationField('durationUs', 'duration', "Time from the request's first byte to the answer's last"),
  durationField('serverUs', 'serverTime', "Time that the server took: ttfb, on the client's side less the round trip"),
  {
    part,
    name: 'rttUs',
    aliases: ['rtt'],
    type: 'duration',
    unit: 'us',
    description: 'Smoothed round trip of the connection; null without a join',
    read: ({ connection }) => connection?.rttUs,
  },
  {
    part,
    name: 'totalRetrans',
    aliases: ['retrans'],
    type: 'count',
    unit: 'segments',
    description: 'Segments that this end of the connection had sent again by then; null without a join',
    read: ({ connection }) => connection?.totalRetrans,
  },
  {
    part,
    name: 'position',
    type: 'count',
    description: 'Number of the exchange in its connection, from 1',
    read: ({ position }) => position,
  },
  {
    part,
    name: 'missing',
    type: 'text',
    values: MISSING,
    description: 'What is not known: request, response, gap, truncated, start, overload; null if nothing',
    read: ({ missing }) => missing,
  },
];

/** Flags of an exchange, `is:name`. */
export const EXCHANGE_FLAGS: readonly FlagDefinition<HttpExchange>[] = [
  { name: 'complete', description: 'Nothing of it is missing', read: ({ missing }) => missing === null },
  {
    name: 'error',
    description: 'Status code of 400 or more',
    read: ({ status }) => (status === null ? null : status >= 400),
  },
  { name: 'continued', description: 'An answer 1xx came before the final one', read: ({ continued }) => continued },
  {
    name: 'upgraded',
    description: 'The connection is no HTTP any more after it (101, CONNECT)',
    read: ({ upgraded }) => upgraded,
  },
  {
    name: 'estimated',
    description: 'The length of a body is a distance of sequence numbers',
    read: ({ bodyEstimated }) => bodyEstimated,
  },
];

/** Names that expressions on exchanges may use. */
export const EXCHANGE_VOCABULARY: Vocabulary<HttpExchange> = new Vocabulary<HttpExchange>({
  fields: EXCHANGE_FIELDS.filter(isScalar),
  flags: EXCHANGE_FLAGS,
  searchedTexts: ['host', 'path', 'method', 'client', 'server'],
  searchedNumbers: ['status', 'clientPort', 'serverPort'],
});
