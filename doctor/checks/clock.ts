import { type ClockKeeper, findClockKeeper } from '../../host/index.js';
import { defineCheck } from '../check.js';
import { plural, time } from '../words.js';

/** Those that leave the processor to be read, which takes a microsecond or more each time. */
const SLOW_SOURCES = new Set(['hpet', 'acpi_pm', 'jiffies', 'refined-jiffies', 'pit']);
/** A reading that is slower than this is one of those, whatever its name. */
const SLOW_READING_NS = 1000;
const FOLDER = '/sys/devices/system/clocksource/clocksource0';

/** Whether timestamps are right. */
export const clock = defineCheck<ClockKeeper>({
  name: 'clock',
  tells: 'whether something keeps the system clock right, as far as that can be seen from here: timestamps are its',
  warns: 'nothing that does is running, on a machine whose processes can all be seen',
  remedy: 'chrony, or systemd-timesyncd',
  gather: ({ read }) => findClockKeeper(read),
  judge: ({ synchronized, keepers, seesMachine }) => {
    if (synchronized) return { level: 'ok', found: 'systemd-timesyncd has set the system clock right since the boot' };
    if (keepers.length > 0) {
      const how = keepers.includes('chronyd') ? ' (chronyc tracking tells)' : '';
      return {
        level: 'ok',
        found: `${keepers.join(', ')} keeps the system clock; how well cannot be seen from here${how}`,
      };
    }
    if (!seesMachine) return { level: 'ok', found: 'who keeps the system clock cannot be seen from here' };
    return {
      level: 'warn',
      found: 'nothing seems to keep the system clock right: timestamps drift',
      advice: 'install chrony, or turn on systemd-timesyncd (timedatectl set-ntp true)',
    };
  },
});

interface SourceFacts {
  /** Absent where /sys does not tell. */
  readonly current?: string;
  readonly available: readonly string[];
  /** Time that one reading of the clock takes, from JavaScript. */
  readonly readingNs: number;
}

/** What the kernel reads time from. */
export const clockSource = defineCheck<SourceFacts>({
  name: 'clock-source',
  tells: 'what the kernel reads the time from, and how long that takes',
  warns: `a slow one (${[...SLOW_SOURCES].join(', ')}), or a reading takes more than ${time(SLOW_READING_NS)}`,
  remedy: 'the one that it names, if there is a better one; else see why the kernel distrusts the TSC',
  gather: ({ read }) => {
    const current = read(`${FOLDER}/current_clocksource`)?.trim();
    const available = (read(`${FOLDER}/available_clocksource`) ?? '').split(/\s+/).filter((name) => name !== '');
    return { ...(current === undefined ? {} : { current }), available, readingNs: measureReading() };
  },
  judge: ({ current, available, readingNs }) => {
    const found = `${current ?? 'source not told'}: ${time(readingNs)} a reading`;
    const isSlow = SLOW_SOURCES.has(current ?? '') || readingNs > SLOW_READING_NS;
    if (!isSlow) return { level: 'ok', found };
    const better = available.find((name) => !SLOW_SOURCES.has(name) && name !== current);
    if (better !== undefined) {
      return { level: 'warn', found, advice: `on the host, as root: echo ${better} > ${FOLDER}/current_clocksource` };
    }
    return {
      level: 'warn',
      found: `${found}; ${plural(available.length, 'source')} to choose from`,
      advice: 'see in dmesg why the kernel does not trust the TSC; on a virtual machine, ask whoever runs the host',
    };
  },
});

const READINGS = 10_000;

/** The best of some rounds, so that what else runs does not count. */
function measureReading(): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const begin = process.hrtime.bigint();
    for (let reading = 0; reading < READINGS; reading++) process.hrtime.bigint();
    best = Math.min(best, Number(process.hrtime.bigint() - begin) / READINGS);
  }
  return best;
}
