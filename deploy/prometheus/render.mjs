// Prints all rules as one file, or as one object of the Prometheus operator, optionally with links to the runbook:
// node deploy/prometheus/render.mjs --help
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const HELP = `Usage: node deploy/prometheus/render.mjs [--runbook=URL] [--kubernetes]

Prints the recording rules and the alerts as one file of rules.

  --runbook=URL  Address at which you serve docs/troubleshooting.md: each alert gets the annotation runbook_url, URL#name.
  --kubernetes   Print a PrometheusRule (monitoring.coreos.com/v1) named tcp-info.
`;
/** Files of rules. Recordings come first, because alerts read them. */
const FILES = ['rules/tcp-info.recording.yml', 'rules/tcp-info.alerts.yml'];
const OBJECT = `apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: tcp-info
  labels: { app.kubernetes.io/name: tcp-info }
spec:
`;

/** Returns the rules of both files under one `groups:`. */
function rules() {
  const groups = FILES.map((file) => {
    const text = readFileSync(new URL(file, import.meta.url), 'utf8');
    return text.slice(text.indexOf('\ngroups:\n') + '\ngroups:\n'.length);
  });
  return `groups:\n${groups.join('\n')}`;
}

/** Adds an absolute link after each path into the package. */
function withLinks(text, page) {
  return text.replaceAll(/^( *)runbook: [^#\n]*(#.*)$/gm, (line, indent, anchor) => {
    return `${line}\n${indent}runbook_url: ${page}${anchor}`;
  });
}

/** Indents all lines that are not empty. */
function indented(text) {
  return text.replaceAll(/^(?=.)/gm, '  ');
}

/** Returns the output. @throws TypeError for invalid arguments */
function render() {
  const options = { runbook: { type: 'string' }, kubernetes: { type: 'boolean' }, help: { type: 'boolean' } };
  const { runbook, kubernetes, help } = parseArgs({ options }).values;
  if (help) return HELP;
  if (runbook !== undefined && !/^https?:\/\/[^\s#'"{}]+$/.test(runbook)) {
    throw new TypeError(`--runbook: '${runbook}' is not an http or https address`);
  }
  const text = runbook === undefined ? rules() : withLinks(rules(), runbook);
  return kubernetes ? OBJECT + indented(text) : text;
}

try {
  process.stdout.write(render());
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  process.stderr.write(`render.mjs: ${error.message}\n`);
  process.exitCode = 2;
}
