import { resolve } from 'node:path';
import { CHECKS } from '../../../doctor/checks/index.js';
import { createContext, type DoctorOptions, examine } from '../../../doctor/index.js';
import { USUAL_ADDRESS } from '../../../live/client/index.js';
import { type MaybeTerminal, textStyle } from '../../../view/index.js';
import { EXIT_FAILED } from '../../flags/exit-codes.js';
import { signalExitCode } from '../../flags/signals.js';
import type { CommandContext } from '../../tool/command-context.js';
import { writeAnswer } from '../../tool/output.js';
import type { ExaminationOptions } from './options.js';
import { checkLines, reportStyle, sumLine } from './report.js';

const DEFAULT_INTERVAL_NS = 10e6;

/** Examines this machine, prints the results and returns the exit code. */
export async function examineMachine(asked: ExaminationOptions, surroundings: CommandContext): Promise<number> {
  const { stdout, signals } = surroundings;
  const context = createContext(doctorOptions(asked), process.env);
  const end = (signal: string): never => {
    context.traces.removeAll();
    process.exit(signalExitCode(signal));
  };
  signals.onShutdown(end, end);
  const checks = CHECKS.filter(({ wanted }) => wanted(context));
  const nameWidth = Math.max(...checks.map(({ name }) => name.length));
  const terminal: MaybeTerminal = stdout;
  const style = reportStyle(textStyle(terminal, process.env), terminal.isTTY === true);
  const examination = await examine(checks, context, (result) => {
    if (!asked.json) stdout.write(checkLines(result, nameWidth, style));
  });
  const last = asked.json ? `${JSON.stringify(examination, null, 2)}\n` : `\n${sumLine(examination)}`;
  const written = await writeAnswer('tcp-info doctor', last, surroundings);
  return examination.level === 'fail' ? EXIT_FAILED : written;
}

function doctorOptions(asked: ExaminationOptions): DoctorOptions {
  const {
    output = '.',
    interval = DEFAULT_INTERVAL_NS,
    eventsocket,
    uuidPrefixFile,
    uuidPrefix,
    metricsAddress,
    live,
    liveTokenFile,
    streamOutput,
    services,
    alerts,
    writeInside,
  } = asked;
  return {
    output: resolve(output),
    intervalNs: interval,
    ...(eventsocket === undefined || eventsocket === '' ? {} : { eventSocket: resolve(eventsocket) }),
    ...(uuidPrefixFile === undefined || uuidPrefixFile === '' ? {} : { uuidPrefixFile: resolve(uuidPrefixFile) }),
    uuidPrefixAuto: uuidPrefix === 'auto',
    ...(metricsAddress === undefined ? {} : { metricsAddress }),
    live: { place: live ?? USUAL_ADDRESS, isGiven: live !== undefined },
    ...(liveTokenFile === undefined || liveTokenFile === '' ? {} : { liveTokenFile: resolve(liveTokenFile) }),
    ...(streamOutput === undefined || streamOutput === '' ? {} : { streamOutput: resolve(streamOutput) }),
    ...(services === undefined || services === '' ? {} : { servicesFile: resolve(services) }),
    ...(alerts === undefined || alerts === '' ? {} : { alertsFile: resolve(alerts) }),
    writeInside,
  };
}
