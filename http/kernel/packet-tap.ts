import { closeSync } from 'node:fs';
import { KernelSession, LocalAddresses } from '../../conntrack/socket/index.js';
import { describeTarget, type NamespaceTarget, openNamespace } from '../../host/namespaces/index.js';
import {
  type CaptureGrant,
  type NetlinkAddon,
  netlink,
  type PacketBatch,
  type PacketCapture,
} from '../../native/index.js';
import { assembleCaptureProgram, type CapturedPorts, type CaptureMode } from '../packet/index.js';
import { captureFailure, noInterface, packetCaptureError } from './errors.js';
import { interfaceMatcher } from './interface-filter.js';
import { InterfaceNames } from './interface-names.js';

/**
 * Size of the ring's blocks where packets are cut: a copied block, and what is read of it, stay in the processor's own
 * cache, and at 100,000 packets a second there are still no more than 500 blocks. Whole packets may be longer.
 */
const CUT_BLOCK_BYTES = 256 * 1024;
/** Size of the blocks of whole packets, if the ring has room for at least {@link LEAST_BLOCKS} of them. */
const WHOLE_BLOCK_BYTES = 1024 * 1024;
/** While the kernel fills one block, and one is read, others hold what comes meanwhile. */
const LEAST_BLOCKS = 4;

/** One network namespace. */
export type OneNamespace = Exclude<NamespaceTarget, { readonly kind: 'all' }>;

/** Part of the addon that captures use. */
export type CaptureAddon = Pick<NetlinkAddon, 'PacketCapture' | 'Requester' | 'MessageListener'>;

/** Which packets are captured, and how. */
export interface PacketTapOptions {
  /** Ports of servers, at most 64 items; null for all. */
  readonly ports: readonly CapturedPorts[] | null;
  /** Default: `heads`. */
  readonly mode?: CaptureMode;
  /** Default: that of this process. Another one takes CAP_SYS_ADMIN. */
  readonly namespace?: OneNamespace;
  /** Patterns (`*`, `?`) of names of interfaces; default: all, also those that are made later. */
  readonly interfaces?: readonly string[];
  /**
   * Names of interfaces that receive packets for other hosts, too, while the tap is open. Each must exist when it is
   * opened. Default: none.
   */
  readonly promiscuous?: readonly string[];
  /** Size of the kernel's ring in bytes. Default: 16 MiB. */
  readonly ringBytes?: number;
  /** Longest time that a packet waits in the ring, milliseconds. Default: 10. */
  readonly blockTimeoutMs?: number;
  /** True to capture without a ring, as where the kernel refuses it. */
  readonly withoutRing?: boolean;
}

/** Receiver of what a tap captures, in order. */
export interface PacketReceiver {
  /** Takes a block of packets, valid until it returns. */
  takeBlock(block: Uint8Array): void;
  /** Packets were dropped after those of the block before, and before those of the next. */
  takeLoss(packets: number): void;
  /** The capture has failed, and nothing follows. */
  takeFailure(error: unknown): void;
  /** Names or addresses cannot be followed any longer: those that are known stay. */
  takeStale(error: unknown): void;
}

/** Packets that passed the filter since the start: read + dropped = all. */
export interface PacketCounts {
  readonly read: number;
  readonly dropped: number;
  /** Times that the kernel's ring was full. */
  readonly freezes: number;
}

/**
 * Packets of one network namespace, with the names of its interfaces and its own addresses. Needs CAP_NET_RAW in the
 * user namespace that owns it.
 */
export class PacketTap {
  readonly #session: KernelSession;
  readonly #names: InterfaceNames;
  readonly #addresses: LocalAddresses;
  #receiver: PacketReceiver | undefined;
  readonly #isMeant: ((name: string) => boolean) | undefined;
  readonly #wanted = new Map<number, boolean>();
  readonly #counts = { read: 0, dropped: 0, freezes: 0 };
  #capture: PacketCapture | undefined;
  #closing: Promise<void> | undefined;

  private constructor(session: KernelSession, options: PacketTapOptions) {
    this.#session = session;
    this.#names = new InterfaceNames(session);
    this.#addresses = new LocalAddresses(session);
    this.#isMeant = options.interfaces === undefined ? undefined : interfaceMatcher(options.interfaces);
    this.#names.onChange = () => this.#wanted.clear();
  }

  /**
   * Starts to capture.
   * @param receive returns the receiver, before the first packet
   * @param addon replaced in tests
   * @returns the receiver
   * @throws PacketCaptureError, NamespaceError, ConntrackError when names or addresses cannot be read, AddonError;
   * RangeError for invalid ports
   */
  static async open<Receiver extends PacketReceiver>(
    options: PacketTapOptions,
    receive: (tap: PacketTap) => Receiver,
    addon: CaptureAddon = netlink,
  ): Promise<Receiver> {
    const filter = assembleCaptureProgram(options.ports, options.mode ?? 'heads');
    const session = new KernelSession(options.namespace, addon);
    const tap = new PacketTap(session, options);
    const receiver = receive(tap);
    tap.#receiver = receiver;
    try {
      await tap.#open(options, filter, addon);
      return receiver;
    } catch (error) {
      await tap.close();
      throw error;
    }
  }

  /** Packets since the start. */
  get counts(): PacketCounts {
    return { ...this.#counts };
  }

  /** Returns the settings that the kernel accepted; undefined before the start. */
  get grant(): CaptureGrant | undefined {
    return this.#capture?.grant();
  }

  /** Returns whether an address belongs to the namespace. */
  readonly isOwn = (address: string): boolean => this.#addresses.has(address) || address === '::1';

  /** Returns the name of an interface; undefined if it has none any more, and its name was not known. */
  readonly interfaceName = (index: number): string | undefined => this.#names.nameOf(index);

  /** Returns whether an interface is one of those to capture. */
  readonly isWanted = (index: number): boolean => {
    const known = this.#wanted.get(index);
    if (known !== undefined) return known;
    const name = this.#names.nameOf(index);
    const isWanted = this.#isMeant === undefined || (name !== undefined && this.#isMeant(name));
    if (name !== undefined) this.#wanted.set(index, isWanted);
    return isWanted;
  };

  /** Stops reading: the kernel counts what does not fit. For tests. */
  pause(): void {
    this.#capture?.pause();
  }

  /** Goes on after {@link pause}. */
  resume(): void {
    this.#capture?.resume();
  }

  /** Ends the capture. Resolves when what the kernel had captured is delivered, and {@link counts} are final. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async #close(): Promise<void> {
    await this.#capture?.close();
    await Promise.all([this.#names.close(), this.#addresses.close()]);
    await this.#session.close();
  }

  async #open(options: PacketTapOptions, filter: Uint8Array, addon: CaptureAddon): Promise<void> {
    const onStale = (error: unknown): void => this.#receiver?.takeStale(error);
    await this.#names.open(({ op, code }) => onStale(new Error(`follow interfaces: ${op}: ${code}`)));
    this.#addresses.watch({ onFailure: onStale, onStale });
    await this.#addresses.read();
    // Last: a packet needs names and addresses.
    const promiscuous = options.promiscuous?.map((name) => this.#indexOf(name));
    this.#capture = startCapture({ ...options, promiscuous }, filter, addon, (batch) => this.#take(batch));
  }

  #indexOf(name: string): number {
    const index = this.#names.indexOf(name);
    if (index === undefined) throw noInterface(name);
    return index;
  }

  #take({ block, packets, dropped, freezes, failure }: PacketBatch): void {
    this.#counts.dropped += dropped;
    this.#counts.freezes += freezes;
    if (dropped > 0) this.#receiver?.takeLoss(dropped);
    this.#counts.read += packets;
    if (packets > 0) this.#receiver?.takeBlock(block);
    if (failure !== undefined) this.#receiver?.takeFailure(captureFailure(failure.errno, failure.op));
  }
}

function startCapture(
  {
    namespace,
    mode,
    promiscuous,
    ringBytes,
    blockTimeoutMs,
    withoutRing,
  }: Omit<PacketTapOptions, 'promiscuous'> & { readonly promiscuous: readonly number[] | undefined },
  filter: Uint8Array,
  addon: CaptureAddon,
  onBatch: (batch: PacketBatch) => void,
): PacketCapture {
  const fd = namespace === undefined ? undefined : openNamespace(namespace);
  try {
    const options = {
      filter,
      ...(fd === undefined ? {} : { namespace: fd }),
      ...(promiscuous === undefined ? {} : { promiscuous }),
      blockBytes: mode === 'whole' ? wholeBlockBytes(ringBytes) : CUT_BLOCK_BYTES,
      ...(ringBytes === undefined ? {} : { ringBytes }),
      ...(blockTimeoutMs === undefined ? {} : { blockTimeoutMs }),
      ...(withoutRing === undefined ? {} : { withoutRing }),
    };
    return new addon.PacketCapture(options, onBatch);
  } catch (error) {
    throw packetCaptureError(error, namespace === undefined ? 'own' : describeTarget(namespace));
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Returns the size of the blocks of whole packets in a ring: in a small one they are smaller, so that there are some. */
function wholeBlockBytes(ringBytes = LEAST_BLOCKS * WHOLE_BLOCK_BYTES): number {
  return ringBytes < LEAST_BLOCKS * WHOLE_BLOCK_BYTES ? CUT_BLOCK_BYTES : WHOLE_BLOCK_BYTES;
}
