// Draws the dashboard's rows from a running Prometheus, with the charts of `tcp-info show`: a page and an SVG for each.
// Unlike Grafana, it does not stack lines, and a tile is its last value. Shows each query's result and unit.
//
//   node test/monitoring/plot.mjs --prometheus=http://127.0.0.1:9090 --minutes=10 --out=FOLDER
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { COLOURS, drawTimeChart, element, formatQuantity } from '../../dist/view/chart/index.js';
import { factList, htmlPage } from '../../dist/view/page.js';

const { values: flags } = parseArgs({
  options: {
    prometheus: { type: 'string', default: 'http://127.0.0.1:9090' },
    minutes: { type: 'string', default: '10' },
    out: { type: 'string', default: 'pictures' },
  },
});
const spanS = Number(flags.minutes) * 60;
const endS = Date.now() / 1000;
const stepS = Math.max(1, Math.round(spanS / 240));
/** Width of a panel in pixels: below 560 a legend has its own rows. */
const PANEL_PX = 500;
const DASHES = ['solid', 'dashed', 'dotted'];

/** Grafana's units as ours: a quantity, a factor, and an addition to the title. */
const UNITS = {
  s: { quantity: 'duration', factor: 1e6 },
  bytes: { quantity: 'bytes', factor: 1 },
  Bps: { quantity: 'bytes', factor: 1, suffix: ' (each second)' },
  bps: { quantity: 'rate', factor: 1 / 8 },
  percentunit: { quantity: 'count', factor: 100, suffix: ' (%)' },
  ops: { quantity: 'count', factor: 1, suffix: ' (per second)' },
  cps: { quantity: 'count', factor: 1, suffix: ' (per second)' },
  short: { quantity: 'count', factor: 1 },
};

/** Queries Prometheus; ends the program when Prometheus rejects the query. */
async function ask(path) {
  const body = await new Promise((resolve, reject) => {
    get(`${flags.prometheus}/api/v1/${path}`, { agent: false }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => resolve(Buffer.concat(parts).toString()));
    }).on('error', reject);
  });
  const answer = JSON.parse(body);
  if (answer.status !== 'success') throw new Error(`${path}: ${answer.error}`);
  return answer.data.result;
}

function filledIn(expr) {
  return expr
    .replaceAll('$__rate_interval', `${Math.max(4, stepS)}s`)
    .replaceAll('$__range', `${spanS}s`)
    .replaceAll(/\$(?:job|instance|port_group|side)\b/g, '.*');
}

const legendOf = (format, labels) => format.replaceAll(/\{\{(\w+)\}\}/g, (_, label) => labels[label] ?? '');

/** Returns the lines of a panel. */
async function linesOf({ targets, fieldConfig }) {
  const { factor } = UNITS[fieldConfig.defaults.unit];
  const found = [];
  for (const { expr, legendFormat } of targets) {
    const range = `&start=${endS - spanS}&end=${endS}&step=${stepS}`;
    for (const { metric, values } of await ask(`query_range?query=${encodeURIComponent(filledIn(expr))}${range}`)) {
      const points = values
        .map(([time, text]) => [time, Number(text) * factor])
        .filter(([, value]) => Number.isFinite(value))
        .map(([time, value]) => ({
          timeUs: (time - endS + spanS) * 1e6,
          extent: { first: value, low: value, high: value, last: value },
        }));
      if (points.length > 0) found.push({ label: legendOf(legendFormat, metric), points });
    }
  }
  const colours = Object.keys(COLOURS);
  return found.map((line, index) => ({
    ...line,
    colour: colours[index % colours.length],
    dash: DASHES[Math.floor(index / colours.length) % DASHES.length],
  }));
}

async function drawnPanel(panel) {
  const { quantity, suffix = '' } = UNITS[panel.fieldConfig.defaults.unit];
  const lines = await linesOf(panel);
  if (lines.length === 0) process.stdout.write(`empty: ${panel.title}\n`);
  return { kind: 'lines', title: `${panel.title}${suffix}`, quantity, lines };
}

async function fact({ title, targets, fieldConfig }) {
  const { unit, mappings } = fieldConfig.defaults;
  const { quantity, factor } = UNITS[unit];
  const [found] = await ask(`query?query=${encodeURIComponent(filledIn(targets[0].expr))}`);
  if (found === undefined) {
    process.stdout.write(`empty: ${title}\n`);
    return { name: title, value: 'no data' };
  }
  const word = mappings[0]?.options[found.value[1]]?.text;
  const value = Number(found.value[1]) * factor;
  const number = unit === 'percentunit' ? `${value.toFixed(2)} %` : formatQuantity(value, quantity);
  return { name: title, value: word ?? number };
}

const chartOf = (title, panels) => ({
  title,
  description: `Drawn from Prometheus, of ${panels.map((panel) => panel.title).join('; ')}.`,
  heading: [],
  origin: `${flags.minutes} minutes ago`,
  spanUs: spanS * 1e6,
  panels,
});

const dashboard = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../deploy/grafana/dashboards/tcp-info.json'), 'utf8'),
);
mkdirSync(flags.out, { recursive: true });
const rows = [];
for (const panel of dashboard.panels) {
  if (panel.type === 'row') rows.push({ title: panel.title, panels: [] });
  else rows.at(-1).panels.push(panel);
}
for (const [index, { title, panels }] of rows.entries()) {
  const facts = [];
  const drawn = [];
  for (const panel of panels) {
    if (panel.type === 'stat') facts.push(await fact(panel));
    else drawn.push(await drawnPanel(panel));
  }
  const pictures = drawn.map((panel, at) =>
    element(
      'div',
      {},
      drawTimeChart(chartOf(panel.title, [panel]), { widthPx: PANEL_PX, idPrefix: `p${at}-`, standalone: false }),
    ),
  );
  const body = [
    element('h1', {}, title),
    ...(facts.length > 0 ? [factList(facts)] : []),
    element('div', { class: 'columns' }, pictures),
  ];
  const name = join(flags.out, `row-${index + 1}`);
  writeFileSync(
    `${name}.html`,
    htmlPage({ title, body, source: 'Drawn by test/monitoring/plot.mjs, not by Grafana.' }),
  );
  if (drawn.length > 0) {
    writeFileSync(
      `${name}.svg`,
      `${drawTimeChart({ ...chartOf(title, drawn), heading: [title] }, { widthPx: PANEL_PX, standalone: true })}\n`,
    );
  }
}
process.stdout.write(`${rows.length} rows in ${flags.out}\n`);
