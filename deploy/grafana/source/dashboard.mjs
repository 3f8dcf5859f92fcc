// Builds the Grafana dashboard.
import * as collector from './collector.mjs';
import * as http from './http.mjs';
import * as network from './network.mjs';
import { COLLECTORS, DATASOURCE, layOut } from './panels.mjs';

/**
 * Returns a variable with the values of a label; by default all are selected. Without `allValue`, "all" means the known
 * values. Job and instance need this, to exclude other targets of Prometheus.
 */
function labelVariable(name, metric, title, allValue) {
  return {
    type: 'query',
    name,
    label: title,
    datasource: DATASOURCE,
    query: { query: `label_values(${metric}, ${name})`, refId: 'StandardVariableQuery' },
    definition: `label_values(${metric}, ${name})`,
    refresh: 2,
    sort: 1,
    regex: '',
    multi: true,
    includeAll: true,
    ...(allValue === undefined ? {} : { allValue }),
    current: { selected: true, text: ['All'], value: ['$__all'] },
    options: [],
    hide: 0,
    skipUrlSync: false,
  };
}

/** Returns an annotation at each time at which the expression has a series. */
function annotation(name, expr, colour, titleFormat) {
  return {
    name,
    datasource: DATASOURCE,
    enable: true,
    hide: false,
    iconColor: colour,
    expr,
    titleFormat,
    textFormat: '{{instance}}',
    step: '60s',
    useValueForTime: false,
  };
}

/** Returns the dashboard in Grafana's format. */
export function dashboard() {
  const opened = `tcpinfo_network_connections_opened_total{${COLLECTORS}}`;
  return {
    uid: 'tcp-info',
    title: 'TCP info',
    description: 'Health of the TCP statistics collector, and of the network that it observes.',
    tags: ['tcp-info', 'tcp', 'network'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    timepicker: {},
    timezone: '',
    fiscalYearStartMonth: 0,
    liveNow: false,
    weekStart: '',
    links: [],
    templating: {
      list: [
        {
          type: 'datasource',
          name: 'datasource',
          label: 'Data source',
          query: 'prometheus',
          regex: '',
          multi: false,
          includeAll: false,
          current: {},
          options: [],
          refresh: 1,
          hide: 0,
          skipUrlSync: false,
        },
        labelVariable('job', 'tcpinfo_build_info', 'Job'),
        labelVariable('instance', 'tcpinfo_build_info{job=~"$job"}', 'Collector'),
        labelVariable('port_group', opened, 'Port group', '.*'),
        labelVariable('side', opened, 'Side', '.*'),
      ],
    },
    annotations: {
      list: [
        annotation('Alerts', `ALERTS{alertstate="firing",alertname=~"Tcp(Info|Network).*"}`, 'red', '{{alertname}}'),
        annotation(
          'Starts of a collector',
          `changes(process_start_time_seconds{${COLLECTORS}}[$__rate_interval]) > 0`,
          'blue',
          'started',
        ),
      ],
    },
    panels: layOut([
      collector.glance,
      network.connections,
      network.traffic,
      network.speed,
      network.ports,
      http.http,
      collector.scans,
      collector.archives,
      collector.events,
      collector.cost,
    ]),
  };
}

/** Returns the text of the dashboard's file. */
export function dashboardText() {
  return `${JSON.stringify(dashboard(), undefined, 2)}\n`;
}
