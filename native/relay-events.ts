import {
  type LiveConnection,
  RELAY_COLUMNS,
  RELAY_END_REASONS,
  RELAY_STATES,
  RELAY_SYSCALLS,
  type RelayBatch,
  type RelayConnected,
  type RelayConnectFailed,
  type RelayDump,
  type RelayEnded,
  type RelayEndpoint,
  type RelayEvent,
} from './relay-binding.js';

/** Position of a record in a batch. */
interface Place {
  readonly data: Uint8Array;
  readonly view: DataView;
  readonly at: number;
}

/** Kinds of records, in the order of `EventKind` in `src/relay/event.h`. */
const KINDS = ['accepted', 'connected', 'connect-failed', 'ended', 'dump', 'accepting', 'stopped'] as const;

/* Offsets of the structs in src/relay/event.h, which static_assert checks there. */
const HEADER = { size: 0, kind: 4, code: 6, connection: 8 };
const ENDPOINT = { bytes: 0, family: 16, port: 18, scope: 20 };
const ACCEPTED = { listener: 16, acceptedUs: 24, cookie: 32, client: 40, local: 64 };
const CONNECTED = { cookie: 16, connectUs: 24, local: 32, backend: 56 };
const CONNECT_FAILED = { errno: 16, connectUs: 24 };
const ENDED = { listener: 16, errno: 20, flags: 24, clientInfo: 28, backendInfo: 30, figures: 32, infos: 112 };
const DUMP = { readUs: 16, offset: 24, length: 32, bytes: 40 };
const LISTENER = { listener: 16, errno: 20 };

const ADDRESS_BYTES = 16;
const FLAG_CONNECTED = 1;
const FLAG_RESET = 2;

/**
 * Decodes the events of a batch, in order.
 * @throws RangeError when the batch was not made by the addon of these sources
 */
export function readRelayEvents(batch: RelayBatch): RelayEvent[] {
  const { data, count } = batch;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const events: RelayEvent[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    events.push(readEvent({ data, view, at }));
    at += view.getUint32(at + HEADER.size, true);
  }
  return events;
}

function readEvent(place: Place): RelayEvent {
  const { view, at } = place;
  const kind = KINDS[view.getUint16(at + HEADER.kind, true)];
  const connection = view.getFloat64(at + HEADER.connection, true);
  switch (kind) {
    case 'accepted':
      return {
        kind,
        connection,
        listener: view.getUint32(at + ACCEPTED.listener, true),
        client: readEndpoint(place, ACCEPTED.client),
        local: readEndpoint(place, ACCEPTED.local),
        cookie: view.getBigUint64(at + ACCEPTED.cookie, true),
        acceptedUs: view.getFloat64(at + ACCEPTED.acceptedUs, true),
      };
    case 'connected':
      return readConnected(place, connection);
    case 'connect-failed':
      return readConnectFailed(place, connection);
    case 'ended':
      return readEnded(place, connection);
    case 'dump':
      return readDump(place, connection);
    case 'accepting':
      return {
        kind,
        listener: view.getUint32(at + LISTENER.listener, true),
        errno: view.getUint32(at + LISTENER.errno, true),
      };
    case 'stopped':
      return { kind, listener: view.getUint32(at + LISTENER.listener, true) };
    default:
      throw new RangeError(`relay event at ${at}: unknown kind ${view.getUint16(at + HEADER.kind, true)}`);
  }
}

function readEndpoint({ data, view, at }: Place, offset: number): RelayEndpoint {
  const from = at + offset;
  return {
    family: view.getUint16(from + ENDPOINT.family, true),
    bytes: data.slice(from + ENDPOINT.bytes, from + ENDPOINT.bytes + ADDRESS_BYTES),
    port: view.getUint16(from + ENDPOINT.port, true),
    scope: view.getUint32(from + ENDPOINT.scope, true),
  };
}

function readConnected(place: Place, connection: number): RelayConnected {
  const { view, at } = place;
  return {
    kind: 'connected',
    connection,
    cookie: view.getBigUint64(at + CONNECTED.cookie, true),
    local: readEndpoint(place, CONNECTED.local),
    backend: readEndpoint(place, CONNECTED.backend),
    connectUs: view.getFloat64(at + CONNECTED.connectUs, true),
  };
}

function readConnectFailed({ view, at }: Place, connection: number): RelayConnectFailed {
  return {
    kind: 'connect-failed',
    connection,
    errno: view.getUint32(at + CONNECT_FAILED.errno, true),
    syscall: named(RELAY_SYSCALLS, view.getUint16(at + HEADER.code, true), 'system call'),
    connectUs: view.getFloat64(at + CONNECT_FAILED.connectUs, true),
  };
}

function readEnded({ data, view, at }: Place, connection: number): RelayEnded {
  const flags = view.getUint32(at + ENDED.flags, true);
  const clientInfoEnd = at + ENDED.infos + view.getUint16(at + ENDED.clientInfo, true);
  const backendInfoEnd = clientInfoEnd + view.getUint16(at + ENDED.backendInfo, true);
  const figure = (index: number): number => view.getFloat64(at + ENDED.figures + 8 * index, true);
  return {
    kind: 'ended',
    connection,
    listener: view.getUint32(at + ENDED.listener, true),
    reason: named(RELAY_END_REASONS, view.getUint16(at + HEADER.code, true), 'end reason'),
    errno: view.getUint32(at + ENDED.errno, true),
    wasConnected: (flags & FLAG_CONNECTED) !== 0,
    wasReset: (flags & FLAG_RESET) !== 0,
    durationUs: figure(0),
    firstClientUs: figure(1),
    lastClientUs: figure(2),
    firstBackendUs: figure(3),
    lastBackendUs: figure(4),
    clientReceived: figure(5),
    backendSent: figure(6),
    backendReceived: figure(7),
    clientSent: figure(8),
    dumpOmittedBytes: figure(9),
    clientInfo: data.slice(at + ENDED.infos, clientInfoEnd),
    backendInfo: data.slice(clientInfoEnd, backendInfoEnd),
  };
}

function readDump({ data, view, at }: Place, connection: number): RelayDump {
  const from = at + DUMP.bytes;
  return {
    kind: 'dump',
    connection,
    direction: view.getUint16(at + HEADER.code, true) === 0 ? 'up' : 'down',
    readUs: view.getFloat64(at + DUMP.readUs, true),
    offset: view.getFloat64(at + DUMP.offset, true),
    bytes: data.slice(from, from + view.getUint32(at + DUMP.length, true)),
  };
}

function named<T>(names: readonly T[], index: number, what: string): T {
  const name = names[index];
  if (name === undefined) throw new RangeError(`relay event: unknown ${what} ${index}`);
  return name;
}

/** Position of each column in a row. */
const COLUMN = Object.fromEntries(RELAY_COLUMNS.map((name, index) => [name, index])) as Record<
  (typeof RELAY_COLUMNS)[number],
  number
>;

/** Decodes the rows of `Relay.connections`. */
export function readRelayConnections(rows: Float64Array): LiveConnection[] {
  return Array.from({ length: rows.length / RELAY_COLUMNS.length }, (_, index) => {
    const cell = (name: (typeof RELAY_COLUMNS)[number]): number =>
      rows[index * RELAY_COLUMNS.length + COLUMN[name]] ?? 0;
    return {
      connection: cell('connection'),
      listener: cell('listener'),
      state: named(RELAY_STATES, cell('state'), 'state'),
      acceptedUs: cell('acceptedUs'),
      clientReceived: cell('clientReceived'),
      backendSent: cell('backendSent'),
      backendReceived: cell('backendReceived'),
      clientSent: cell('clientSent'),
      lastClientUs: cell('lastClientUs'),
      lastBackendUs: cell('lastBackendUs'),
      waitingBytes: cell('waitingBytes'),
    };
  });
}
