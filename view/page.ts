import { type Child, darkRules, element, type Markup, styleSheet } from './chart/index.js';
import type { Zone } from './time/index.js';

/** Style rules of a page. Pictures bring their own; both use the same colours. */
const CSS = `
:root{--box:210px;--ground:#fff;--ink:#1f2328;--faint:#57606a;--grid:#dfe3e8;--raised:#f6f8fa;--bar:#0072b2;color-scheme:light}
@media screen and (prefers-color-scheme:dark){:root{--ground:#14171b;--ink:#e8eaed;--faint:#a4abb4;--grid:#30363d;--raised:#1c2026;--bar:#56b4e9;color-scheme:dark}}
*{box-sizing:border-box}
body{margin:0 auto;padding:24px 20px 40px;max-width:1040px;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}
body.roomy{max-width:1240px;--box:175px}
h1{font-size:22px;line-height:1.25;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:17px;margin:32px 0 8px}
p{margin:4px 0 12px}
.faint,footer,caption,th{color:var(--faint)}
.uuid{overflow-wrap:anywhere}
dl.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(var(--box),1fr));gap:10px;margin:18px 0}
dl.facts div{background:var(--raised);border:1px solid var(--grid);border-radius:6px;padding:8px 12px}
dl.facts dt{color:var(--faint);font-size:13px}
dl.facts dd{margin:0;font-size:17px;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
dl.facts small{display:block;font-size:13px;color:var(--faint)}
.scroll{overflow-x:auto;position:relative}
table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums;min-width:100%}
caption{text-align:left;padding-bottom:6px}
th{font-weight:500;text-align:left;white-space:nowrap}
th,td{padding:4px 14px 4px 0;border-bottom:1px solid var(--grid);vertical-align:middle}
td.number,th.number{text-align:right;white-space:nowrap}
td.bar{width:28%;min-width:60px}
td.word{white-space:nowrap}
td.text{overflow-wrap:anywhere;min-width:150px}
th:last-child,td:last-child{padding-right:0}
td svg{display:block;width:100%;height:12px}
section.verdict{margin:14px 0;padding:10px 14px;border:1px solid var(--grid);border-left:4px solid var(--bar);border-radius:6px}
section.verdict p{margin:4px 0;overflow-wrap:anywhere}
.answer{font-size:17px;font-weight:600}
figure{margin:16px 0}
figure svg{display:block;max-width:100%;height:auto}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,520px),1fr));gap:0 36px}
.columns section{min-width:0}
.narrow{display:none}
@media (max-width:719px){body{padding:16px 12px 32px}.wide{display:none}.narrow{display:block}dl.facts{grid-template-columns:1fr 1fr}table{font-size:13px}th,td,td.word{padding-right:10px;white-space:normal}th.bar,td.bar{display:none}}
footer{margin-top:36px;font-size:13px}
@media print{body{max-width:none;padding:0}figure,tr,section{break-inside:avoid}}
`.replaceAll('\n', '');

/** Options of a function that makes a page. */
export interface PageOptions extends Pick<Page, 'version'> {
  /** Time zone of times; default: UTC. */
  readonly zone?: Zone | undefined;
  /** Address of a running page to link to, without a slash at the end; empty for the server of this document. */
  readonly livePage?: string | undefined;
}

/** Builds a remark in a faint colour. */
export function faintText(...content: readonly Child[]): Markup {
  return element('p', { class: 'faint' }, content);
}

/** Content of a page. */
export interface Page {
  readonly title: string;
  /** Heading above the body. */
  readonly heading: string;
  readonly body: readonly Child[];
  /** Version of the program, for the page's `generator`. */
  readonly version: string;
  /** Command that made the page, for readers who get only the page. */
  readonly source: string;
  /** True when tables stand side by side, which needs a wider page. */
  readonly roomy?: boolean;
}

/**
 * Returns an HTML page that loads nothing and runs no script; its content security policy forbids both. Data is escaped
 * where it is inserted.
 */
export function htmlPage({ title, heading, body, version, source, roomy = false }: Page): string {
  const css = CSS + darkRules();
  const policy = `default-src 'none'; style-src 'sha256-${hash(css)}'; base-uri 'none'; form-action 'none'`;
  const page = element(
    'html',
    { lang: 'en' },
    element(
      'head',
      {},
      element('meta', { charset: 'utf-8' }),
      element('meta', { 'http-equiv': 'Content-Security-Policy', content: policy }),
      element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      element('meta', { name: 'referrer', content: 'no-referrer' }),
      element('meta', { name: 'generator', content: `tcp-info ${version}` }),
      element('title', {}, title),
      styleSheet(css),
    ),
    element(
      'body',
      roomy ? { class: 'roomy' } : {},
      element('main', {}, element('h1', {}, heading), body),
      element('footer', {}, source),
    ),
  );
  return `<!doctype html>\n${page}\n`;
}

/** Fact: name, value, and a remark. */
export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly also?: string | undefined;
}

/** Lays facts out, each in a box. */
export function factList(facts: readonly Fact[]): Markup {
  const boxes = facts.map(({ name, value, also }) =>
    element(
      'div',
      {},
      element('dt', {}, name),
      element('dd', {}, value, also === undefined ? undefined : element('small', {}, also)),
    ),
  );
  return element('dl', { class: 'facts' }, boxes);
}

/** Column of an HTML table. */
export interface HtmlColumn {
  readonly title: string;
  readonly kind: 'word' | 'number' | 'text' | 'bar';
}

/** Builds a table whose first cell in each row is its heading. Wide tables scroll sideways. */
export function htmlTable(
  columns: readonly HtmlColumn[],
  rows: readonly (readonly Child[])[],
  caption: string,
): Markup {
  const head = columns.map(({ title, kind }) => element('th', { scope: 'col', class: kind }, title));
  const body = rows.map((row) =>
    element(
      'tr',
      {},
      columns.map(({ kind }, i) => element('td', { class: kind }, row[i])),
    ),
  );
  const table = element(
    'table',
    {},
    element('caption', {}, caption),
    element('thead', {}, element('tr', {}, head)),
    element('tbody', {}, body),
  );
  // The tabindex lets the keyboard scroll it.
  return element('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption }, table);
}

function hash(text: string): string {
  // Loading crypto takes 40 ms, which only commands that make a page should pay.
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(text).digest('base64');
}
