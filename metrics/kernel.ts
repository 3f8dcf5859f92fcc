import type { Registry } from 'prom-client';
import { LookedUp, lookedUpCounter } from './looked-up.js';

/** Kinds of opening a connection: by connect(), or by a listener. */
const KINDS = ['active', 'passive'] as const;

/** Number of opened connections by kind. */
export type OpenedByKind = Readonly<Record<(typeof KINDS)[number], number>>;

/** Metrics that show the kernel's own counts. */
export interface KernelMetrics {
  /** Opened connections; nothing is shown while they are unknown. */
  readonly opens: LookedUp<OpenedByKind>;
}

/** Registers the metrics of the kernel's own counts. They are read at each scrape. */
export function createKernelMetrics(registry: Registry): KernelMetrics {
  const opens = new LookedUp<OpenedByKind>();
  lookedUpCounter(
    registry,
    {
      name: 'tcpinfo_kernel_opens_total',
      help: "Number of TCP connections that the collector's network namespace opened, recorded or not, as the kernel counts them: by connect() (active), or by a listener (passive).",
    },
    ['kind'],
    () => {
      const found = opens.get();
      return found === undefined ? [] : KINDS.map((kind) => [{ kind }, found[kind]] as const);
    },
  );
  return { opens };
}
