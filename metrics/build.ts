import { release } from 'node:os';
import { Gauge, type Registry } from 'prom-client';

/** Metrics of the build and of the setup. */
export interface BuildMetrics {
  /** 1 if the UUID prefix may not be unique because no prefix was given, else 0. */
  readonly uuidPrefixUnsafe: Gauge;
}

/** Registers `tcpinfo_build_info` and the gauges that warn of a risky setup. */
export function createBuildMetrics(registry: Registry, version: string): BuildMetrics {
  const registers = [registry];
  const info = new Gauge({
    name: 'tcpinfo_build_info',
    help: 'Always 1; the labels are the versions of tcp-info, Node.js and the kernel.',
    labelNames: ['version', 'node', 'kernel'],
    registers,
  });
  info.set({ version, node: process.version, kernel: release() }, 1);
  return {
    uuidPrefixUnsafe: new Gauge({
      name: 'tcpinfo_uuid_prefix_unsafe',
      help: '1 if the UUID prefix was generated because none was given, so that it may not be unique, else 0.',
      registers,
    }),
  };
}
