import { Gauge, type Registry } from 'prom-client';
import { type CounterBy, counterBy } from './by-label.js';

/** Operations that can fail: enter a network namespace, read a process's namespace, list a folder of namespaces. */
export const NAMESPACE_OPERATIONS = ['enter', 'look', 'list'] as const;
export type NamespaceOperation = (typeof NAMESPACE_OPERATIONS)[number];

/** Metrics of the recorded network namespaces. */
export interface NamespaceMetrics {
  /** Recorded network namespaces, the collector's own included. */
  readonly entered: Gauge;
  readonly failures: CounterBy<NamespaceOperation>;
}

/** Registers the metrics of network namespaces. */
export function createNamespaceMetrics(registry: Registry): NamespaceMetrics {
  const entered = new Gauge({
    name: 'tcpinfo_namespaces',
    help: "Number of network namespaces whose connections are recorded, the collector's own among them.",
    registers: [registry],
  });
  entered.set(1);
  return {
    entered,
    failures: counterBy(
      registry,
      {
        name: 'tcpinfo_namespace_failures_total',
        help: 'Number of failures to enter a network namespace, to read the namespace of a process, or to list a folder of namespaces.',
      },
      'operation',
      NAMESPACE_OPERATIONS,
    ),
  };
}
