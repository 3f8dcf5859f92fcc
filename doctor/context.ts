import { type ReadText, readText } from '../host/index.js';
import type { LiveAddress } from '../live/client/index.js';
import type { ListenAddress } from '../live/http/index.js';
import { loadNetlink, type NetlinkAddon } from '../native/index.js';
import { type DestroyEventFindings, probeDestroyEvents } from './probes/destroy-events.js';
import { type KernelFindings, probeKernel } from './probes/kernel.js';
import { probeScans, type ScanFindings } from './probes/scans.js';
import { Traces } from './probes/traces.js';

/** Options from the command line. */
export interface DoctorOptions {
  /** Folder for the archives; absolute path. */
  readonly output: string;
  /** Time between scans to assume, nanoseconds. */
  readonly intervalNs: number;
  readonly eventSocket?: string;
  readonly uuidPrefixFile?: string;
  readonly uuidPrefixAuto: boolean;
  readonly metricsAddress?: ListenAddress;
  /** Place of the live API. */
  readonly live: {
    readonly place: LiveAddress;
    /** True when the user named it; else it is the usual one. */
    readonly isGiven: boolean;
  };
  readonly liveTokenFile?: string;
  /** Folder for the stream of rows; absolute path. */
  readonly streamOutput?: string;
  /** File of rules of alerts; absolute path. */
  readonly alertsFile?: string;
  /** File of watched services; absolute path. */
  readonly servicesFile?: string;
  /** True to test writing in the output folder itself if no other place is possible. */
  readonly writeInside: boolean;
}

/** Inputs of checks. Slow measurements run once, at the first call. */
export interface Context {
  readonly options: DoctorOptions;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly read: ReadText;
  /** @throws AddonError */
  readonly netlink: () => NetlinkAddon;
  readonly kernel: () => Promise<KernelFindings>;
  readonly destroyEvents: () => Promise<DestroyEventFindings>;
  readonly scans: () => Promise<ScanFindings>;
  /** Temporary files that must be removed. */
  readonly traces: Traces;
}

/** Creates the context of the machine that this process runs on. */
export function createContext(
  options: DoctorOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Context {
  return {
    options,
    environment,
    read: readText,
    netlink: () => loadNetlink(),
    kernel: once(() => probeKernel(loadNetlink())),
    destroyEvents: once(() => probeDestroyEvents(loadNetlink())),
    scans: once(() => probeScans(loadNetlink(), options.intervalNs)),
    traces: new Traces(),
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
