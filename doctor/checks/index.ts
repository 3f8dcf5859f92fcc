import type { Check } from '../check.js';
import { addon, compressor } from './addon.js';
import { alerts } from './alerts.js';
import { capabilities } from './capabilities.js';
import { clock, clockSource } from './clock.js';
import { conntrack } from './conntrack.js';
import { destroyEvents, receiveBuffer } from './destroy-events.js';
import { diskSpace, diskSpeed, output } from './disk.js';
import { eventSocket } from './event-socket.js';
import { kernel } from './kernel.js';
import { cpu, memory, openFiles } from './limits.js';
import { live } from './live.js';
import { liveToken } from './live-token.js';
import { metricsAddress } from './metrics-address.js';
import { packets } from './packets.js';
import { processes } from './processes.js';
import { program } from './program.js';
import { recorder } from './recorder.js';
import { hashTable, scan, timer } from './scan.js';
import { services } from './services.js';
import { sockDiag } from './sock-diag.js';
import { stream } from './stream.js';
import { uuidPrefix } from './uuid-prefix.js';

/** Checks in the order of the report. A check follows those that it needs. */
export const CHECKS: readonly Check[] = [
  program,
  addon,
  compressor,
  capabilities,
  sockDiag,
  kernel,
  destroyEvents,
  receiveBuffer,
  hashTable,
  scan,
  timer,
  cpu,
  memory,
  openFiles,
  processes,
  conntrack,
  packets,
  output,
  diskSpace,
  diskSpeed,
  stream,
  clock,
  clockSource,
  uuidPrefix,
  eventSocket,
  metricsAddress,
  live,
  liveToken,
  recorder,
  services,
  alerts,
];
