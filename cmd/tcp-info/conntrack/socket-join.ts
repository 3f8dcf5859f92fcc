import { closeSync, fstatSync } from 'node:fs';
import { flowKey } from '../../../conntrack/index.js';
import { bootUuidPrefix, openNamespace, ownNamespaceInode } from '../../../host/index.js';
import { ADDRESS_FORMS, type LiveAddress, parseLiveAddress, USUAL_ADDRESS } from '../../../live/client/index.js';
import { SourceError } from '../../../view/top/index.js';
import { CollectorConnections } from './collector-connections.js';
import type { FlowSocket, LookedUpFlow } from './flow-socket.js';
import type { OneNamespace } from './options.js';
import { type Say, UsageError } from './run-action.js';
import { hasSocket, SocketFinder } from './socket-finder.js';

/** Time for which the connections of the collector count as current: it looks at them once a second. */
const CURRENT_MS = 1000;
/** Flows whose UUID is remembered. */
const MAX_REMEMBERED = 65_536;

/** Environment variables that say where the collector is. */
export type CollectorEnvironment = Readonly<Record<string, string | undefined>>;

/** Options of {@link SocketJoin.open}. */
export interface JoinOptions {
  /** Address of the collector, as the user gave it (default: TCP_INFO_LIVE, or the usual socket). */
  readonly connect?: string;
  readonly netns?: OneNamespace;
}

/**
 * Local sockets of flows: those that a running collector knows, from its memory; others, and all without a collector,
 * from the kernel by one exact request each.
 */
export class SocketJoin {
  readonly #collector: CollectorConnections;
  readonly #createFinder: (uuidPrefix: string) => Pick<SocketFinder, 'find'>;
  readonly #bootPrefix: () => string;
  readonly #say: Say;
  readonly #remembered = new Map<string, string>();
  #isAnswering = true;
  #readMs = Number.NEGATIVE_INFINITY;
  #finder: Pick<SocketFinder, 'find'> | undefined;

  /**
   * @param createFinder creates the search in the kernel, with the prefix of UUIDs
   * @param bootPrefix returns the prefix of a collector with `-uuid-prefix=auto`
   */
  constructor(
    collector: CollectorConnections,
    createFinder: (uuidPrefix: string) => Pick<SocketFinder, 'find'>,
    bootPrefix: () => string,
    say: Say,
  ) {
    this.#collector = collector;
    this.#createFinder = createFinder;
    this.#bootPrefix = bootPrefix;
    this.#say = say;
  }

  /**
   * Reads the connections of the collector, and prepares the search in the kernel. A collector that does not answer
   * rightly and in time is reported, and not asked again.
   * @throws UsageError for a wrong address; NamespaceError, AddonError, BootPrefixError
   */
  static async open({ connect, netns }: JoinOptions, env: CollectorEnvironment, say: Say): Promise<SocketJoin> {
    const { address, isUsual } = addressOf(connect, env);
    const collector = new CollectorConnections(address, namespaceInode(netns));
    const createFinder = (prefix: string): SocketFinder => SocketFinder.open(prefix, netns);
    const join = new SocketJoin(collector, createFinder, () => bootUuidPrefix(env), say);
    await join.start(isUsual);
    return join;
  }

  /** Reads for the first time. @param isUsual true if the user named no collector: then it need not run */
  async start(isUsual: boolean): Promise<void> {
    await this.#read(isUsual);
    this.#finder = this.#createFinder(this.#collector.uuidPrefix ?? this.#bootPrefix());
  }

  /** Returns the socket of each flow; undefined for flows of other protocols, of other machines, and without one. */
  async find(flows: readonly LookedUpFlow[]): Promise<(FlowSocket | undefined)[]> {
    const wanted = flows.filter(hasSocket);
    if (wanted.length > 0 && performance.now() - this.#readMs >= CURRENT_MS) await this.#read(false);
    const sockets = flows.map((each) =>
      hasSocket(each) && this.#isAnswering ? this.#collector.find(each) : undefined,
    );
    const unknown = [...flows.keys()].filter((i) => sockets[i] === undefined && hasSocket(flows[i]));
    const found = await this.#finder?.find(unknown.flatMap((i) => flows[i] ?? []));
    for (const [n, i] of unknown.entries()) sockets[i] = found?.[n];
    return sockets;
  }

  /** Does what {@link find} does. A flow whose socket is gone keeps the UUID that an earlier call has found. */
  async follow(flows: readonly LookedUpFlow[]): Promise<(FlowSocket | undefined)[]> {
    const sockets = await this.find(flows);
    return sockets.map((socket, i) => {
      const looked = flows[i];
      if (looked === undefined || !hasSocket(looked)) return socket;
      const key = `${flowKey(looked.flow)} ${looked.flow.id ?? ''}`;
      const uuid = socket?.uuid ?? this.#remembered.get(key);
      if (uuid === undefined) return undefined;
      this.#remember(key, uuid);
      return socket ?? { uuid };
    });
  }

  close(): void {
    this.#collector.close();
  }

  async #read(isUsual: boolean): Promise<void> {
    if (!this.#isAnswering) return;
    try {
      await this.#collector.read();
      this.#readMs = performance.now();
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      this.#isAnswering = false;
      const isMissing = isUsual && /\((?:ENOENT|ECONNREFUSED)\)/.test(error.message);
      if (!isMissing) this.#say(`${error.message}; sockets come from the kernel alone`);
    }
  }

  #remember(key: string, uuid: string): void {
    this.#remembered.delete(key);
    this.#remembered.set(key, uuid);
    if (this.#remembered.size <= MAX_REMEMBERED) return;
    const [oldest] = this.#remembered.keys();
    if (oldest !== undefined) this.#remembered.delete(oldest);
  }
}

/** @throws UsageError */
function addressOf(
  connect: string | undefined,
  env: CollectorEnvironment,
): { readonly address: LiveAddress; readonly isUsual: boolean } {
  const inEnvironment = env['TCP_INFO_LIVE'] ?? '';
  const given = connect ?? (inEnvironment === '' ? undefined : inEnvironment);
  const address = parseLiveAddress(given ?? USUAL_ADDRESS.text, env['TCP_INFO_LIVE_TOKEN']);
  if (address !== undefined) return { address, isUsual: given === undefined };
  throw new UsageError(`${connect === undefined ? 'TCP_INFO_LIVE' : '--connect'}=${given}: expected ${ADDRESS_FORMS}`);
}

/** Returns the inode of a network namespace; undefined if unknown. @throws NamespaceError */
function namespaceInode(netns: OneNamespace | undefined): number | undefined {
  const fd = netns === undefined ? undefined : openNamespace(netns);
  if (fd === undefined) return ownNamespaceInode();
  try {
    return fstatSync(fd).ino;
  } finally {
    closeSync(fd);
  }
}
