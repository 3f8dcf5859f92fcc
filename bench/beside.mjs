// A collector that is measured beside one without `-live` that sees the same connections at the same time: the machine's
// speed swings by a tenth within seconds, and so does the load.
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMs } from './cpu-time.mjs';

/**
 * Measures the CPU of both, of all threads, in percent of a core.
 * @param flags flags of the measured collector
 * @param offFirst which one starts first decides which scan comes first in each beat
 * @param useIt starts clients. Returns `stop`, which ends them, and `begin`, which is called when the measured time
 *   begins; what that returns is called at its end with the seconds, and returns further figures
 */
export async function measureBeside(lab, { flags, offFirst, warmUpMs, measuredMs, useIt }) {
  const start = (off) => (off ? lab.startDaemonBeside() : lab.startDaemonWithin(undefined, ...flags));
  const first = await start(offFirst);
  const second = await start(!offFirst);
  const [daemon, off] = offFirst ? [second, first] : [first, second];
  let clients;
  try {
    clients = await useIt();
    await sleep(warmUpMs);
    const [before, offBefore] = [cpuMs(daemon.pid), cpuMs(off.pid)];
    const end = clients.begin();
    const began = performance.now();
    await sleep(measuredMs);
    const seconds = (performance.now() - began) / 1000;
    const [cpu, offCpu] = [
      percentOf(cpuMs(daemon.pid) - before, seconds),
      percentOf(cpuMs(off.pid) - offBefore, seconds),
    ];
    return { cpu, off: offCpu, ratio: Number((cpu / offCpu).toFixed(3)), ...end(seconds) };
  } finally {
    await clients?.stop();
    await Promise.all([daemon.stop(), off.stop()]);
  }
}

/** Returns milliseconds of CPU in percent of a core. */
export function percentOf(ms, seconds) {
  return Number((ms / seconds / 10).toFixed(3));
}

/** Returns the share of scans that began more than 5 ms late, and lost destroy events. */
export function lateness(lab, of = {}) {
  const metric = lab.scrape(of);
  const count = metric('tcpinfo_scan_lateness_seconds_count');
  const onTime = metric('tcpinfo_scan_lateness_seconds_bucket{le="0.005"}');
  return { late: Number((1 - onTime / count).toFixed(5)), lost: metric('tcpinfo_destroy_events_lost_total') ?? 0 };
}
