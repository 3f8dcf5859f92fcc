import { type Child, element, printable, type TextStyle } from '../chart/index.js';
import { faintText } from '../index.js';

/** Answer in words. */
export interface VerdictWords {
  /** One sentence. */
  readonly verdict: string;
  /** Figures behind the verdict, in one line without full stop. */
  readonly evidence: string;
  /** One sentence with the next step. */
  readonly nextStep: string;
}

/** Width of the labels. */
const LABEL = 15;

/** Formats an answer for a terminal, with a blank line at the end. */
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

/** Formats an answer as HTML. */
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
    faintText('Evidence: ', evidence, '.'),
  );
}

/** Replaces the program's own characters beyond ASCII, then escapes those of the data. */
function plain(text: string, style: TextStyle): string {
  return printable(style.unicode ? text : text.replaceAll('µ', 'u').replaceAll('–', '-'), style);
}

/** Breaks lines at blanks, but not within a command in backticks. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.match(/(?:`[^`]*`|[^ ])+/g) ?? []) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
