import type { StatusJson } from '../../live/wire/index.js';
import { formatCount, formatQuantity, ownLetters, printable } from '../chart/index.js';
import { type Look, wrapText } from '../rows/index.js';
import { type Line, line, span } from './line.js';

const LABEL = 20;

/** Draws the state of the collector: budgets in use, and what is unknown about processes and why. */
export function machineLines(status: StatusJson | undefined, columns: number, look: Look): Line[] {
  if (status === undefined) return [line(''), line(ownLetters('Waiting for the status …', look), 'faint')];
  const { budget, attribution, mode } = status;
  const fact = (label: string, text: string): Line[] =>
    wrapText(printable(ownLetters(text, look), look), Math.max(LABEL, columns - LABEL), look.unicode).map((part, i) => [
      span((i === 0 ? label : '').padEnd(LABEL), 'faint'),
      span(part),
    ]);
  if (mode === 'archive') {
    return [
      line(''),
      ...fact('host', status.host),
      ...fact('tcp-info', status.version),
      ...fact('mode', 'archive'),
      ...fact('connections', formatCount(status.open + status.closed)),
      ...fact('without an end', formatCount(status.open)),
    ];
  }
  const unknown = Object.entries(attribution.unknown).filter(([, count]) => count > 0);
  return [
    line(''),
    ...fact('host', status.host),
    ...fact('tcp-info', status.version),
    ...fact('mode', `live, for ${formatQuantity(status.uptimeUs, 'duration')}`),
    ...(status.beatUs === null ? [] : fact('time between scans', formatQuantity(status.beatUs, 'duration'))),
    ...fact('loopback', status.loopback ? 'shown' : 'not shown'),
    ...fact('open', formatCount(status.open)),
    ...fact('closed, kept', `${formatCount(status.closed)} of at most ${formatCount(budget.maxClosed)}`),
    ...fact('closed kept for', formatQuantity(budget.keepClosedSec * 1e6, 'duration')),
    ...fact(
      'history',
      `${formatQuantity(budget.historySec * 1e6, 'duration')}, ${formatQuantity(budget.historyBytes, 'bytes')} of at most ${formatQuantity(budget.maxHistoryBytes, 'bytes')}`,
    ),
    ...fact('processes', processWords(attribution)),
    ...unknown.flatMap(([reason, count]) => fact('', `${formatCount(count)} without a process: ${reason}`)),
    ...(status.mptcpUnknown === undefined ? [] : fact('MPTCP', status.mptcpUnknown)),
    ...fact('clients', formatCount(status.clients)),
    ...fact('changes allowed', status.readOnly ? 'no, read-only' : 'yes'),
  ];
}

function processWords({ on, readsOthers }: StatusJson['attribution']): string {
  if (!on) return 'not looked up';
  return readsOthers ? 'of all users' : 'of this user only: CAP_SYS_PTRACE is missing for others';
}
