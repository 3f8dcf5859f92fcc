import type { AlertInstanceJson, AlertRuleJson, AlertsJson, AlertTransitionJson } from '../../live/wire/index.js';
import { formatQuantity, ownLetters, printable } from '../chart/index.js';
import { alertChange, alertCounts, alertSubject, alertValue, cutText, type Look, unitOfRule } from '../rows/index.js';
import { fullLine, type Line, line } from './line.js';
import { headLine, layoutTable, rowLine, type TableColumn } from './table.js';

/** Transitions below the alerts. */
const SHOWN = 50;

/** Alerts, as the source last answered. */
export interface AlertList {
  /** Undefined before the first answer. */
  readonly answer: AlertsJson | undefined;
  /** Reason why the source has no answer. */
  readonly error: string | undefined;
}

/** State before anything was asked. */
export const NO_ALERTS_YET: AlertList = { answer: undefined, error: undefined };

/** Draws alerts that are not idle, rules, and the last transitions. */
export function alertLines({ answer, error }: AlertList, columns: number, look: Look): Line[] {
  if (answer === undefined) {
    const text = error === undefined ? ownLetters('Waiting for the alerts …', look) : printable(error, look);
    return [line(''), line(cutText(text, columns, look.unicode), 'faint')];
  }
  const { instances, rules, history } = answer;
  return [
    ...(instances.length === 0
      ? [line('No alert fires.', 'faint')]
      : table(instanceColumns(answer, look), instances, columns, look, isBad)),
    [],
    ...table(ruleColumns(look), rules, columns, look, ({ firing, recovering }) => firing + recovering > 0),
    [],
    ...(history.length === 0
      ? [line('Nothing has happened yet.', 'faint')]
      : table(historyColumns(look), history.slice(0, SHOWN), columns, look, () => false)),
  ];
}

function table<Row>(
  all: readonly TableColumn<Row>[],
  rows: readonly Row[],
  columns: number,
  look: Look,
  isWarning: (row: Row) => boolean,
): Line[] {
  const layout = layoutTable(all, rows, columns);
  return [
    fullLine(headLine(layout), columns, 'faint'),
    ...rows.map((row) => line(rowLine(layout, row, look.unicode), isWarning(row) ? 'warning' : 'plain')),
  ];
}

function isBad({ state }: AlertInstanceJson): boolean {
  return state !== 'pending';
}

function instanceColumns({ rules, time }: AlertsJson, look: Look): TableColumn<AlertInstanceJson>[] {
  const age = (since: string): string =>
    formatQuantity(Math.max(0, Date.parse(time) - Date.parse(since)) * 1000, 'duration');
  const text = (each: string): string => printable(ownLetters(each, look), look);
  return [
    { title: 'Alert', align: 'left', least: 8, wanted: 20, usual: 12, cell: ({ name }) => text(name) },
    { title: 'State', align: 'left', usual: 10, cell: ({ state }) => state },
    { title: 'Since', align: 'right', usual: 7, drop: 2, cell: ({ since }) => age(since) },
    {
      title: 'Value',
      align: 'right',
      usual: 9,
      drop: 3,
      cell: ({ name, value }) => text(alertValue(value, unitOfRule(rules, name))),
    },
    { title: 'Of', align: 'left', least: 12, wanted: 50, usual: 40, cell: ({ labels }) => text(alertSubject(labels)) },
  ];
}

function ruleColumns(look: Look): TableColumn<AlertRuleJson>[] {
  const text = (each: string): string => printable(ownLetters(each, look), look);
  return [
    { title: 'Rule', align: 'left', least: 8, wanted: 20, usual: 12, cell: ({ name }) => text(name) },
    { title: 'Severity', align: 'left', usual: 8, drop: 2, cell: ({ severity }) => severity },
    { title: 'Now', align: 'left', usual: 10, cell: (rule) => alertCounts(rule) },
    { title: 'When', align: 'left', least: 12, wanted: 60, usual: 40, cell: ({ when }) => text(when) },
  ];
}

function historyColumns(look: Look): TableColumn<AlertTransitionJson>[] {
  const text = (each: string): string => printable(ownLetters(each, look), look);
  return [
    { title: 'Time', align: 'left', usual: 8, cell: ({ time }) => time.slice(11, 19) },
    { title: 'Alert', align: 'left', least: 8, wanted: 20, usual: 12, cell: ({ name }) => text(name) },
    { title: 'What', align: 'left', least: 12, wanted: 30, usual: 24, cell: (each) => text(alertChange(each)) },
    { title: 'Value', align: 'right', usual: 9, drop: 3, cell: ({ value, unit }) => text(alertValue(value, unit)) },
    {
      title: 'Of',
      align: 'left',
      least: 12,
      wanted: 50,
      usual: 40,
      drop: 2,
      cell: ({ labels }) => text(alertSubject(labels)),
    },
  ];
}
