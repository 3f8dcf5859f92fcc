import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { HttpHostJson, HttpJson } from '../../live/wire/index.js';
import { formatCount, formatQuantity, formatShare } from '../../view/chart/index.js';
import { EmptyState, ProblemState, ScrollBox } from '../parts/index.js';
import { usePolled } from '../poll/index.js';
import type { Page } from '../state/index.js';
import { aboutText, answersOf, CODE_CLASSES, codesText, missedText, splitOf } from './host-figures.js';
import './http.css';

/** Windows of the collector are 10 s long. */
const EVERY_MS = 5000;
const LIMIT = 100;

const duration = (us: number | null): string => formatQuantity(us, 'duration');

/** HTTP exchanges by host. */
export function HttpTab({ page }: { readonly page: Page }): JSX.Element {
  const isFollowing = page.frozen === undefined && page.status?.mode !== 'archive';
  const { value, problem, again } = usePolled<HttpJson>(
    page,
    '/http',
    { limit: LIMIT },
    isFollowing ? EVERY_MS : undefined,
  );
  if (value === undefined) {
    return (
      <section class="http" aria-label="HTTP">
        {problem === undefined ? (
          <EmptyState title="Waiting for HTTP …" />
        ) : (
          <ProblemState problem={problem} onRetry={again} />
        )}
      </section>
    );
  }
  const missed = missedText(value.capture);
  return (
    <section class="http" aria-label="HTTP">
      <p class="http-about">
        {aboutText(value)}
        <span class={missed.isBad ? 'is-bad' : 'faint'}>{missed.text}</span>
      </p>
      {value.hosts.length === 0 ? (
        <EmptyState title="No HTTP request began in the last 10 s.">
          Only plain HTTP/1.x on {value.ports.length === 1 ? 'port' : 'ports'} {value.ports.join(', ')} is read; TLS is
          not.
        </EmptyState>
      ) : (
        <Hosts hosts={value.hosts} />
      )}
    </section>
  );
}

function Hosts({ hosts }: { readonly hosts: readonly HttpHostJson[] }): JSX.Element {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (host: string): void => {
    const next = new Set(open);
    if (!next.delete(host)) next.add(host);
    setOpen(next);
  };
  return (
    <ScrollBox label="Table of hosts">
      <table class="figures http-hosts">
        <thead>
          <tr>
            <th>Host</th>
            <th class="number">Requests</th>
            <th class="number">Answers</th>
            {CODE_CLASSES.map((first) => (
              <th key={first} class="number">{`${first}xx`}</th>
            ))}
            <th class="number">TTFB p50</th>
            <th class="number">p95</th>
            <th class="number">p99</th>
            <th>Server and round trip, p50</th>
            <th class="number">Retr</th>
            <th class="number">Bytes</th>
          </tr>
        </thead>
        <tbody>
          {hosts.map((host) => {
            const isOpen = open.has(host.host);
            return [
              <HostRow key={host.host} host={host} isOpen={isOpen} onToggle={() => toggle(host.host)} />,
              isOpen ? (
                <tr key={`${host.host} sections`} class="http-sections">
                  <td colSpan={13}>
                    <Sections host={host} />
                  </td>
                </tr>
              ) : null,
            ];
          })}
        </tbody>
      </table>
      <p class="faint">
        TTFB: time from a request's last byte to the answer's first one, at this end. A client elsewhere waits for the
        server and a round trip (RTT).
      </p>
    </ScrollBox>
  );
}

interface HostRowProps {
  readonly host: HttpHostJson;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

function HostRow({ host, isOpen, onToggle }: HostRowProps): JSX.Element {
  const count = (value: number | null): string => (value === null ? '–' : formatCount(value));
  return (
    <tr class={host.rest === true ? 'faint' : undefined}>
      <td>
        <button type="button" class="http-host" aria-expanded={isOpen} onClick={onToggle}>
          <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> {host.rest === true ? 'all other hosts' : host.host}
        </button>
      </td>
      <td class="number">{formatCount(host.requests)}</td>
      <td class="number">{formatCount(host.responses)}</td>
      {CODE_CLASSES.map((first) => {
        const answers = answersOf(host, first);
        return (
          <td key={first} class={first === '5' && answers !== null ? 'number is-bad' : 'number'}>
            {count(answers)}
          </td>
        );
      })}
      <td class="number">{duration(host.ttfbUs.p50)}</td>
      <td class="number">{duration(host.ttfbUs.p95)}</td>
      <td class="number">{duration(host.ttfbUs.p99)}</td>
      <td>
        <Split host={host} />
      </td>
      <td class="number">{formatShare(host.retransmitRate)}</td>
      <td class="number">{formatQuantity(host.requestBytes + host.responseBytes, 'bytes')}</td>
    </tr>
  );
}

function Split({ host }: { readonly host: HttpHostJson }): JSX.Element {
  const split = splitOf(host);
  if (split === undefined) return <span class="faint">unknown</span>;
  return (
    <span class="http-split">
      <span class="http-bar" aria-hidden="true">
        <span class="is-server" style={{ width: `${(100 * split.serverShare).toFixed(1)}%` }} />
        <span class="is-network" style={{ width: `${(100 * (1 - split.serverShare)).toFixed(1)}%` }} />
      </span>
      <span>
        server {duration(split.serverUs)}, round trip {duration(split.networkUs)}
      </span>
    </span>
  );
}

function Sections({ host }: { readonly host: HttpHostJson }): JSX.Element {
  const codes = codesText(host);
  return (
    <>
      <p>
        Codes: {codes === '' ? 'none' : codes}
        {host.incomplete > 0 ? `; ${formatCount(host.incomplete)} not whole` : ''}
      </p>
      <table class="figures">
        <thead>
          <tr>
            <th>Section</th>
            <th class="number">Requests</th>
            <th>Methods</th>
            <th class="number">TTFB p50</th>
            <th class="number">p95</th>
            <th class="number">p99</th>
          </tr>
        </thead>
        <tbody>
          {host.sections.map(({ section, rest, requests, methods, ttfbUs }) => (
            <tr key={section}>
              <td>{rest === true ? 'all other sections' : section}</td>
              <td class="number">{formatCount(requests)}</td>
              <td>
                {Object.entries(methods)
                  .map(([method, times]) => `${method} ${formatCount(times)}`)
                  .join(', ')}
              </td>
              <td class="number">{duration(ttfbUs.p50)}</td>
              <td class="number">{duration(ttfbUs.p95)}</td>
              <td class="number">{duration(ttfbUs.p99)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
