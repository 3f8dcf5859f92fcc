// Panels of a Grafana dashboard, from as little as has to be said of each. Sizes are in Grafana's grid: 24 columns to a row.

/** What every query goes to: the data source that the reader chose. */
export const DATASOURCE = { type: 'prometheus', uid: '$datasource' };
/** Colours of Grafana's palette, by what they mean here. */
const WELL = 'green';
const WARNING = 'orange';
const BAD = 'red';

/** The collectors that were chosen. */
export const COLLECTORS = 'job=~"$job",instance=~"$instance"';
/** And the port groups. */
export const PORTS = `${COLLECTORS},port_group=~"$port_group",side=~"$side"`;

/** A query over time; `legend` may have {{labels}}. */
export const query = (expr, legend) => ({ expr, legend });

/** Steps of colour: well up to `warning`, bad from `bad` on. */
export function limits({ warning, bad }) {
  return [
    { color: WELL, value: null },
    ...(warning === undefined ? [] : [{ color: WARNING, value: warning }]),
    ...(bad === undefined ? [] : [{ color: BAD, value: bad }]),
  ];
}

/** A tile with one figure. `expr` has one series, whatever was chosen. */
export function tile({ title, description, unit, expr, steps, words, decimals }) {
  const mappings =
    words === undefined
      ? []
      : [
          {
            type: 'value',
            options: Object.fromEntries(words.map(([value, text, color], index) => [value, { text, color, index }])),
          },
        ];
  return {
    width: 3,
    height: 4,
    panel: {
      type: 'stat',
      title,
      description,
      datasource: DATASOURCE,
      targets: [target(query(expr, title), 0, true)],
      fieldConfig: {
        defaults: {
          unit,
          ...(decimals === undefined ? {} : { decimals }),
          noValue: 'no data',
          color: { mode: 'thresholds' },
          thresholds: { mode: 'absolute', steps },
          mappings,
        },
        overrides: [],
      },
      options: {
        reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
        colorMode: 'background',
        graphMode: 'none',
        justifyMode: 'center',
        orientation: 'auto',
        textMode: 'value',
        wideLayout: true,
      },
    },
  };
}

/**
 * Lines over time. `stack`: parts of a whole. `log`: a scale of tens. `lines`: values at which to draw a line, as steps
 * of {@link limits}. `dashed`: names of lines that are limits rather than values.
 */
export function graph({
  title,
  description,
  unit,
  queries,
  stack,
  log,
  max,
  steps,
  dashed = [],
  width = 8,
  height = 8,
}) {
  return {
    width,
    height,
    panel: {
      type: 'timeseries',
      title,
      description,
      datasource: DATASOURCE,
      targets: queries.map((each, index) => target(each, index, false)),
      fieldConfig: {
        defaults: {
          unit,
          min: log ? undefined : 0,
          ...(max === undefined ? {} : { max }),
          color: { mode: 'palette-classic' },
          custom: {
            drawStyle: 'line',
            lineInterpolation: 'linear',
            lineWidth: 1,
            fillOpacity: stack ? 40 : 6,
            gradientMode: 'none',
            showPoints: 'never',
            spanNulls: false,
            stacking: { mode: stack ? 'normal' : 'none', group: 'A' },
            scaleDistribution: log ? { type: 'log', log: 10 } : { type: 'linear' },
            thresholdsStyle: { mode: steps === undefined ? 'off' : 'dashed' },
            axisPlacement: 'auto',
            axisLabel: '',
          },
          thresholds: { mode: 'absolute', steps: steps ?? limits({}) },
          mappings: [],
        },
        overrides: dashed.map((name) => ({
          matcher: { id: 'byRegexp', options: `/${name}$/` },
          properties: [
            { id: 'custom.lineStyle', value: { fill: 'dash', dash: [8, 6] } },
            { id: 'custom.fillOpacity', value: 0 },
            { id: 'custom.stacking', value: { mode: 'none', group: 'A' } },
          ],
        })),
      },
      options: {
        legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
        tooltip: { mode: 'multi', sort: 'desc' },
      },
    },
  };
}

function target({ expr, legend }, index, instant) {
  return {
    refId: String.fromCharCode('A'.charCodeAt(0) + index),
    datasource: DATASOURCE,
    editorMode: 'code',
    expr,
    legendFormat: legend,
    instant,
    range: !instant,
  };
}

/** Rows of panels, one below the other, each with its place and a number of its own. */
export function layOut(rows) {
  const panels = [];
  let y = 0;
  for (const { title, panels: inside } of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { h: 1, w: 24, x: 0, y },
      panels: [],
    });
    y += 1;
    let x = 0;
    let tallest = 0;
    for (const { width, height, panel } of inside) {
      if (x + width > 24) {
        y += tallest;
        x = 0;
        tallest = 0;
      }
      panels.push({ id: panels.length + 1, ...panel, gridPos: { h: height, w: width, x, y } });
      x += width;
      tallest = Math.max(tallest, height);
    }
    y += tallest;
  }
  return panels;
}
