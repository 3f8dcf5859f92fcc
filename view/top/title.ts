import { formatCount, formatQuantity, formatShare, ownLetters, printable } from '../chart/index.js';
import { ageText, rateText } from '../rows/index.js';
import { fullLine, joinParts, type Line, type LinePart, lineWidth, span } from './line.js';
import { TABS, type TopModel } from './model.js';

const MODES = { live: 'live', own: 'by itself', archive: 'archive' } as const;

/** Returns the title: host, source, numbers and rates of all connections. Parts that do not fit are left out. */
export function titleLine(model: TopModel): Line {
  const { status, second, look, options, frozen, live } = model;
  const total = frozen?.total ?? live.total;
  const closed = frozen?.closed ?? live.closed;
  const part = (text: string, drop?: number): LinePart => ({
    text: ownLetters(text, look),
    style: 'plain',
    ...(drop === undefined ? {} : { drop }),
  });
  const [up, down] = look.unicode ? ['↑', '↓'] : ['out', 'in'];
  const beatUs = status?.beatUs ?? null;
  const sent = second?.sentBytes ?? 0;
  return joinParts(
    [
      { text: 'tcp-info', style: 'heading' },
      part(status === undefined ? '' : printable(status.host, look), 3),
      part(MODES[options.mode], 6),
      part(options.place === '' ? '' : printable(options.place, look), 1),
      part(beatUs === null || model.isArchive ? '' : `scans every ${formatQuantity(beatUs, 'duration')}`, 2),
      part(model.isArchive ? `${formatCount(total)} connections` : `${formatCount(total - closed)} open`),
      part(model.isArchive ? '' : `${formatCount(closed)} closed`, 5),
      part(
        second === undefined ? '' : `${up} ${rateText(sent, look)} ${down} ${rateText(second.receivedBytes, look)}`,
        7,
      ),
      { text: (status?.firing ?? 0) === 0 ? '' : `alerts ${formatCount(status?.firing ?? 0)}`, style: 'warning' },
      part(second === undefined || sent === 0 ? '' : `retrans ${formatShare(second.retransmittedBytes / sent)}`, 4),
    ],
    ownLetters(' · ', look),
    model.screenColumns,
  );
}

/** Returns the line of the tabs, with the state of the list at its right. */
export function tabsLine(model: TopModel, nowMs: number): Line {
  const tabs = TABS.flatMap((name, i) => [
    span(` ${i + 1} ${name} `, name === model.tab ? 'selected' : 'faint'),
    span(' '),
  ]);
  const room = model.screenColumns - lineWidth(tabs);
  const state = joinParts(
    stateParts(model, nowMs).map((each) => ({ ...each, text: ownLetters(each.text, model.look) })),
    '  ',
    room,
  );
  const width = lineWidth(state);
  return width > room ? tabs : [...tabs, span(' '.repeat(room - width)), ...state];
}

function stateParts(model: TopModel, nowMs: number): LinePart[] {
  const { list, live, frozen, groups } = model;
  if (model.tab === 'Groups') return [{ text: `by ${groups.name} (a: next)`, style: 'plain', drop: 1 }];
  if (model.tab !== 'Connections') return [];
  const matched = frozen === undefined ? live.matched : list.matched;
  const held = list.heldSinceMs;
  const age = held === undefined ? '' : ageText((nowMs - held) * 1000);
  return [
    {
      text: held === undefined || frozen !== undefined || model.isArchive ? '' : `order ${age} old · o`,
      style: 'warning',
    },
    {
      text: `${formatCount(matched)} of ${formatCount(frozen?.total ?? live.total)}`,
      style: 'plain',
      drop: 1,
    },
  ];
}

/** Returns the banners below the title: the source is lost, or the view is frozen. */
export function bannerLines(model: TopModel, nowMs: number): Line[] {
  const { lost, frozen, look, screenColumns } = model;
  const lines: string[] = [];
  if (lost !== undefined) {
    lines.push(`NO CONNECTION since ${ageText((nowMs - lost.sinceMs) * 1000)}: ${lost.reason}; trying again`);
  }
  if (frozen !== undefined) {
    const part =
      frozen.matched > frozen.size ? `first ${formatCount(frozen.size)} of ${formatCount(frozen.matched)}, ` : '';
    lines.push(`FROZEN ${ageText((nowMs - frozen.sinceMs) * 1000)} ago · ${part}f: go on`);
  }
  return lines.map((text) => fullLine(` ${printable(ownLetters(text, look), look)}`, screenColumns, 'banner'));
}
