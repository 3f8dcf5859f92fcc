import { type ClockKeeper, findClockKeeper } from '../../host/index.js';
import { defineCheck } from '../check.js';
import { plural, time } from '../words.js';

/** Slow clock sources: reading them leaves the CPU and takes a microsecond or more. */
const SLOW_SOURCES = new Set(['hpet', 'acpi_pm', 'jiffies', 'refined-jiffies', 'pit']);
/** Time of one reading above which a source is slow, whatever its name. */
const SLOW_READING_NS = 1000;
const FOLDER = '/sys/devices/system/clocksource/clocksource0';

/** Check of the system clock, which timestamps use. */
export const clock = defineCheck<ClockKeeper>({
  name: 'clock',
  tells: 'whether a program sets the system clock, as far as visible from here; timestamps use that clock',
  warns: 'no such program runs, on a machine whose processes are all visible',
  remedy: 'chrony, or systemd-timesyncd',
  gather: ({ read }) => findClockKeeper(read),
  judge: ({ synchronized, keepers, seesMachine }) => {
    if (synchronized) return { level: 'ok', found: 'systemd-timesyncd has set the system clock since the boot' };
    if (keepers.length > 0) {
      const how = keepers.includes('chronyd') ? ' (see chronyc tracking)' : '';
      return {
        level: 'ok',
        found: `${keepers.join(', ')} keeps the system clock; how well cannot be seen from here${how}`,
      };
    }
    if (!seesMachine) return { level: 'ok', found: 'which program sets the system clock cannot be seen from here' };
    return {
      level: 'warn',
      found: 'no program seems to set the system clock: timestamps drift',
      advice: 'install chrony, or turn on systemd-timesyncd (timedatectl set-ntp true)',
    };
  },
});

interface SourceFacts {
  /** Absent when /sys does not show it. */
  readonly current?: string;
  readonly available: readonly string[];
  /** Time of one reading of the clock from JavaScript. */
  readonly readingNs: number;
}

/** Check of the kernel's clock source. */
export const clockSource = defineCheck<SourceFacts>({
  name: 'clock-source',
  tells: "the kernel's clock source, and how long a reading takes",
  warns: `a slow source (${[...SLOW_SOURCES].join(', ')}), or a reading takes more than ${time(SLOW_READING_NS)}`,
  remedy: 'the source that the advice names, if there is a better one; else find out why the kernel distrusts the TSC',
  gather: ({ read }) => {
    const current = read(`${FOLDER}/current_clocksource`)?.trim();
    const available = (read(`${FOLDER}/available_clocksource`) ?? '').split(/\s+/).filter((name) => name !== '');
    return { ...(current === undefined ? {} : { current }), available, readingNs: measureReading() };
  },
  judge: ({ current, available, readingNs }) => {
    const found = `${current ?? 'source unknown'}: ${time(readingNs)} a reading`;
    const isSlow = SLOW_SOURCES.has(current ?? '') || readingNs > SLOW_READING_NS;
    if (!isSlow) return { level: 'ok', found };
    const better = available.find((name) => !SLOW_SOURCES.has(name) && name !== current);
    if (better !== undefined) {
      return { level: 'warn', found, advice: `on the host, as root: echo ${better} > ${FOLDER}/current_clocksource` };
    }
    return {
      level: 'warn',
      found: `${found}; ${plural(available.length, 'source')} to choose from`,
      advice: 'see in dmesg why the kernel distrusts the TSC; on a virtual machine, ask the operator of the host',
    };
  },
});

const READINGS = 10_000;

/** Measures the time of one reading: the best of several rounds, to exclude other load. */
function measureReading(): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const begin = process.hrtime.bigint();
    for (let reading = 0; reading < READINGS; reading++) process.hrtime.bigint();
    best = Math.min(best, Number(process.hrtime.bigint() - begin) / READINGS);
  }
  return best;
}
