import { type Child, element, printable, type TextStyle } from '../../../chart/index.js';

/** Answer in words. */
export interface VerdictWords {
  /** One sentence. */
  readonly verdict: string;
  /** Figures behind it, in one line without a full stop. */
  readonly evidence: string;
  /** One sentence that says where to look. */
  readonly nextStep: string;
}

/** Width of the labels below the sentence. */
const LABEL = 15;

/** Lays an answer out for a terminal, with a blank line behind it. */
export function verdictText({ verdict, evidence, nextStep }: VerdictWords, style: TextStyle): string[] {
  const labelled = (label: string, text: string): string[] =>
    wrap(plain(text, style), style.width - LABEL).map((line, i) =>
      i === 0 ? `${style.paint('faint', label.padEnd(LABEL))}${line}` : `${' '.repeat(LABEL)}${line}`,
    );
  return [
    ...wrap(plain(verdict, style), style.width).map((line) => style.paint('heading', line)),
    ...labelled('next step', nextStep),
    ...labelled('evidence', evidence),
    '',
  ];
}

/** Lays an answer out for a page. */
export function verdictHtml({ verdict, evidence, nextStep }: VerdictWords): Child {
  return element(
    'section',
    { class: 'verdict' },
    element('p', { class: 'answer' }, verdict),
    element(
      'p',
      {},
      nextStep.split('`').map((part, i) => (i % 2 === 1 ? element('code', {}, part) : part)),
    ),
    element('p', { class: 'faint' }, 'Evidence: ', evidence, '.'),
  );
}

/** Our own letters beyond ASCII are replaced before those of the data are escaped. */
function plain(text: string, style: TextStyle): string {
  return printable(style.unicode ? text : text.replaceAll('µ', 'u').replaceAll('–', '-'), style);
}

/** Breaks lines at blanks, but not within a command, which stands in backticks. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.match(/(?:`[^`]*`|[^ ])+/g) ?? []) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
