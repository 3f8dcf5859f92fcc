import { type ReadText, readText } from '../host/index.js';
import type { ListenAddress } from '../http/index.js';
import { loadNetlink, type NetlinkAddon } from '../native/index.js';
import { type EndFindings, probeEnds } from './probes/ends.js';
import { type KernelFindings, probeKernel } from './probes/kernel.js';
import { probeScans, type ScanFindings } from './probes/scans.js';
import { Traces } from './probes/traces.js';

/** What the command line asks for. */
export interface DoctorOptions {
  /** Folder that the archives would go to; absolute. */
  readonly output: string;
  /** The beat whose cost is judged, nanoseconds. */
  readonly intervalNs: number;
  readonly eventSocket?: string;
  readonly uuidPrefixFile?: string;
  readonly uuidPrefixAuto: boolean;
  readonly metricsAddress?: ListenAddress;
  /** Whether the writing of a file is tried in the output folder itself when there is no other place. */
  readonly writeInside: boolean;
}

/** What checks are made with. What takes time is measured once, whoever asks first. */
export interface Context {
  readonly options: DoctorOptions;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly read: ReadText;
  /** @throws AddonError */
  readonly netlink: () => NetlinkAddon;
  readonly kernel: () => Promise<KernelFindings>;
  readonly ends: () => Promise<EndFindings>;
  readonly scans: () => Promise<ScanFindings>;
  /** What must not be left behind. */
  readonly traces: Traces;
}

/** The machine that this process runs on. */
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
    ends: once(() => probeEnds(loadNetlink())),
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
