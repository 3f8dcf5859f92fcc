import { createMetrics, type Metrics } from '../../metrics/index.js';

/** Returns a registry without the process' own metrics. */
export function testMetrics(): Metrics {
  return createMetrics({ version: 'test', processMetrics: false });
}

/** Returns the value of one sample, by name and labels. @throws when it does not exist */
export async function sample(
  metrics: Metrics,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  for (const family of await metrics.registry.getMetricsAsJSON()) {
    for (const value of family.values) {
      const own = 'metricName' in value && typeof value.metricName === 'string' ? value.metricName : family.name;
      const has = (key: string) => String((value.labels as Record<string, unknown>)[key]) === labels[key];
      if (own === name && Object.keys(labels).every(has)) return value.value;
    }
  }
  throw new Error(`no sample ${name} ${JSON.stringify(labels)}`);
}
