import { Gauge, type Registry } from 'prom-client';
import { type CounterBy, counterBy } from './by-label.js';

/** What could not be done: enter a network namespace, look at a process' namespace, list a folder of them. */
export const NAMESPACE_OPERATIONS = ['enter', 'look', 'list'] as const;
export type NamespaceOperation = (typeof NAMESPACE_OPERATIONS)[number];

/** Where the collector looks. */
export interface NamespaceMetrics {
  /** Network namespaces that are recorded, the own one too. */
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
        help: 'Number of times that a network namespace could not be entered, a process could not be looked at for its namespace, or a folder of namespaces could not be listed.',
      },
      'operation',
      NAMESPACE_OPERATIONS,
    ),
  };
}
