// Builds panels of a Grafana dashboard from short descriptions. Sizes are in Grafana's grid: 24 columns per row.

/** Data source of every query: the one that the user has selected. */
export const DATASOURCE = { type: 'prometheus', uid: '$datasource' };
/** Colours of Grafana's palette, by meaning. */
const WELL = 'green';
const WARNING = 'orange';
const BAD = 'red';

/** Label matchers of the selected collectors. */
export const COLLECTORS = 'job=~"$job",instance=~"$instance"';
/** Label matchers of the selected collectors and port groups. */
export const PORTS = `${COLLECTORS},port_group=~"$port_group",side=~"$side"`;

/** Returns a query over time. `legend` may contain {{labels}}. */
export const query = (expr, legend) => ({ expr, legend });

/** Returns colour steps: green, orange from `warning`, red from `bad`. */
export function limits({ warning, bad }) {
  return [
    { color: WELL, value: null },
    ...(warning === undefined ? [] : [{ color: WARNING, value: warning }]),
    ...(bad === undefined ? [] : [{ color: BAD, value: bad }]),
  ];
}

/** Returns a tile with one figure. `expr` must give one series for any selection. */
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
 * Returns a graph over time. `stack`: stacks the lines. `log`: uses a logarithmic scale. `steps`: draws lines at the
 * steps of {@link limits}. `dashed`: names of lines that show limits, not values.
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

/** Lays out rows of panels, and gives each panel its position and a number. */
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
