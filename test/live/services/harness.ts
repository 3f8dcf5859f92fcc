import { type Connection, type ConnectionEnd, StateSlots } from '../../../cache/index.js';
import { INET_DIAG_INFO, readCookie } from '../../../inetdiag/index.js';
import { type EnforceMode, ServiceWatch } from '../../../live/services/index.js';
import { createMetrics } from '../../../metrics/index.js';
import { AF_INET, NLMSG_HDRLEN } from '../../../netlink/index.js';
import { type Netns, parseNetlinkMessage } from '../../../parse/index.js';
import { parseServices } from '../../../services/config/index.js';
import type { Destroy } from '../../../services/enforce/index.js';
import type { TcpInfo } from '../../../tcp/index.js';
import { TcpState } from '../../../tcp/index.js';
import { buildMessage, type MessageSpec, tcpInfoOf } from '../../support/messages.js';

/** Port of the service `web`. */
export const PORT = 5001;
/** Figures of a connection that was accepted, and has moved nothing. */
export const ACCEPTED: Partial<TcpInfo> = { unacked: 0, bytesAcked: 0, bytesSent: 0, bytesRetrans: 0 };
/** Figures of a connection that this machine opened. */
export const CONNECTED: Partial<TcpInfo> = { unacked: 0, bytesAcked: 1, bytesSent: 0, bytesRetrans: 0 };

/** Services, as the collector drives them. */
export class World {
  readonly metrics = createMetrics({ version: 'test', processMetrics: false, services: true });
  readonly slots = new StateSlots();
  readonly destroys: Destroy<never>[] = [];
  readonly log: string[] = [];
  readonly watch: ServiceWatch;
  isWatched = true;
  /** Time by which the clock of the decisions is ahead. */
  aheadMs = 0;
  #cookies = 0n;

  constructor(watch: ServiceWatch) {
    this.watch = watch;
  }

  static async with(limits: string, mode: EnforceMode = 'new'): Promise<World> {
    const { services } = await parseServices(`web: {listen_port: ${PORT}, ${limits}}`, 'test.yaml');
    const parts = new World(undefined as unknown as ServiceWatch);
    const note = (message: string): void => void parts.log.push(message);
    const { services: metrics } = parts.metrics;
    if (metrics === undefined) throw new Error('no metrics of services');
    const watch = new ServiceWatch({
      services,
      mode,
      slots: parts.slots,
      isWatched: () => parts.isWatched,
      nowMs: () => performance.now() + parts.aheadMs,
      ender: { end: (destroys) => void parts.destroys.push(...(destroys as Destroy<never>[])) },
      metrics,
      log: { isDebug: false, debug: note, info: note, warn: note, error: note },
    });
    return Object.assign(parts, { watch });
  }

  open(
    info: Partial<TcpInfo> = ACCEPTED,
    firstSeen: Connection['firstSeen'] = 'scan',
    netns: Netns | undefined = undefined,
    client: readonly [number, number, number, number] = [198, 51, 100, 7],
  ): Connection {
    const dst = Uint8Array.of(...client);
    const message = this.#message(info, { cookie: ++this.#cookies, dst });
    const rawIdm = message.subarray(NLMSG_HDRLEN);
    const id = {
      sport: PORT,
      dport: 40_000,
      src: Uint8Array.of(192, 0, 2, 1),
      dst,
      interface: 0,
      cookie: readCookie(rawIdm),
    };
    const connection = {
      cookie: id.cookie,
      uuid: `test_${id.cookie}`,
      family: AF_INET,
      id,
      startTime: '',
      firstSeen,
      slots: this.slots.emptyValues(),
      provenance: {},
      ...(netns === undefined ? {} : { netns }),
      last: parseNetlinkMessage(message, new Date().toISOString()),
    } as unknown as Connection;
    this.watch.connections.opened(connection);
    return connection;
  }

  close(connection: Connection, cause: ConnectionEnd['cause'] = 'event', info = ACCEPTED): void {
    const message = this.#message(info, { cookie: connection.cookie, dst: connection.id.dst, state: TcpState.CLOSE });
    if (cause === 'event') connection.last = parseNetlinkMessage(message, new Date().toISOString());
    this.watch.connections.closed(connection, { timestamp: '', cause });
  }

  change(connection: Connection, info: Partial<TcpInfo>, state: number = TcpState.ESTABLISHED): void {
    const message = this.#message(info, { cookie: connection.cookie, dst: connection.id.dst, state });
    connection.last = parseNetlinkMessage(message, new Date().toISOString());
    this.watch.connections.changed(connection);
  }

  get figures() {
    const [service] = this.watch.services;
    if (service === undefined) throw new Error('no service');
    return service.figures();
  }

  #message(info: Partial<TcpInfo>, spec: MessageSpec): Buffer {
    return buildMessage({ inode: 7, ...spec, attributes: [{ type: INET_DIAG_INFO, payload: tcpInfoOf(info) }] });
  }
}
