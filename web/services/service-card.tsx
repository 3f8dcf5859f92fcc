import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ServiceJson, ServicesJson } from '../../live/wire/index.js';
import { formatCount, formatQuantity, formatShare, formatThings } from '../../view/chart/index.js';
import { ageText } from '../../view/rows/index.js';
import { ScrollBox } from '../parts/index.js';
import type { Page } from '../state/index.js';
import { type Command, closeCommand, drainCommand, reasonsText, rejectCommand, releaseCommand } from './commands.js';

/** Clients of the table; those with the most connections come first. */
const MAX_CLIENTS = 10;

/** Options of {@link ServiceCard}. */
export interface ServiceCardProps {
  readonly page: Page;
  readonly service: ServiceJson;
  readonly enforce: ServicesJson['enforce'];
  /** Asks before a command; undefined if none is possible. */
  readonly onCommand: ((command: Command) => void) | undefined;
}

/** One service: counts, clients, refused addresses, and commands. */
export function ServiceCard({ service, enforce, onCommand }: ServiceCardProps): JSX.Element {
  const { name, sid, netns, mode, draining, clients, clientCount, refused } = service;
  return (
    <section class="service" aria-label={`Service ${name}`}>
      <header class="service-head">
        <h2>{name}</h2>
        <span class="faint">
          {sid} · {mode}
          {netns === null ? '' : ` · network namespace ${netns}`}
        </span>
        {draining ? <b class="is-bad">draining: new connections are ended</b> : null}
        {onCommand === undefined ? null : (
          <button type="button" class="button" onClick={() => onCommand(drainCommand(name, draining, enforce))}>
            {draining ? 'Undrain' : 'Drain'}
          </button>
        )}
      </header>
      <Figures service={service} />
      {clients.length === 0 ? null : (
        <ScrollBox label={`Clients of ${name}`}>
          <table class="figures">
            <thead>
              <tr>
                <th>Client</th>
                <th class="number">Connections</th>
                <th class="number">From it</th>
                <th class="number">To it</th>
                {onCommand === undefined ? null : <th>Commands</th>}
              </tr>
            </thead>
            <tbody>
              {clients.slice(0, MAX_CLIENTS).map(({ ip, connections, up, down }) => (
                <tr key={ip}>
                  <td>{ip}</td>
                  <td class="number">{formatCount(connections)}</td>
                  <td class="number">{formatQuantity(up, 'bytes')}</td>
                  <td class="number">{formatQuantity(down, 'bytes')}</td>
                  {onCommand === undefined ? null : (
                    <td>
                      <div class="service-commands">
                        <button
                          type="button"
                          class="button"
                          aria-label={`Close connections of ${ip}`}
                          onClick={() => onCommand(closeCommand(name, ip, enforce))}
                        >
                          Close
                        </button>
                        <button
                          type="button"
                          class="button"
                          aria-label={`Reject ${ip}`}
                          onClick={() => onCommand(rejectCommand(name, ip, '', enforce))}
                        >
                          Reject
                        </button>
                      </div>
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
      {clientCount > Math.min(clients.length, MAX_CLIENTS) ? (
        <p class="faint">{formatThings(clientCount, 'client')} in all.</p>
      ) : null}
      {refused.length === 0 ? null : (
        <ul class="service-refused">
          {refused.map(({ ip, remainingSec }) => (
            <li key={ip}>
              {ip} is refused{' '}
              {remainingSec === null ? 'until it is released' : `for ${ageText(remainingSec * 1e6)} more`}{' '}
              {onCommand === undefined ? null : (
                <button
                  type="button"
                  class="button"
                  aria-label={`Release ${ip}`}
                  onClick={() => onCommand(releaseCommand(name, ip))}
                >
                  Release
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {onCommand === undefined ? null : <RejectForm name={name} enforce={enforce} onCommand={onCommand} />}
    </section>
  );
}

function Figures({ service }: { readonly service: ServiceJson }): JSX.Element {
  const {
    connections,
    accepted,
    rejected,
    closed,
    up,
    down,
    rttUs,
    retransmitRateBytes,
    limitedBy,
    acceptQueue,
    oldestIdleSec,
    listen,
  } = service;
  const sum = (counts: Readonly<Record<string, number>>): number =>
    Object.values(counts).reduce((total, count) => total + count, 0);
  const counted = (counts: Readonly<Record<string, number>>): string => {
    const reasons = reasonsText(counts);
    return `${formatCount(sum(counts))}${reasons === '' ? '' : ` (${reasons})`}`;
  };
  const limits = Object.entries(limitedBy)
    .filter(([, share]) => share >= 0.005)
    .sort(([, a], [, b]) => b - a)
    .map(([cause, share]) => `${cause} ${formatShare(share)}`);
  const rows: readonly (readonly [string, string])[] = [
    ['Open', formatCount(connections)],
    ['Accepted', formatCount(accepted)],
    ['Rejected', counted(rejected)],
    ['Closed', counted(closed)],
    ['From clients', formatQuantity(up, 'bytes')],
    ['To clients', formatQuantity(down, 'bytes')],
    ['RTT p50, p95', `${formatQuantity(rttUs.p50, 'duration')}, ${formatQuantity(rttUs.p95, 'duration')}`],
    ['Sent again', formatShare(retransmitRateBytes)],
    ['Limited by', limits.length === 0 ? '–' : limits.join(', ')],
    [
      'Accept queue',
      acceptQueue === null ? 'unknown' : `${formatCount(acceptQueue.now)} of ${formatCount(acceptQueue.limit + 1)}`,
    ],
    ['Longest idle', oldestIdleSec === null ? '–' : ageText(oldestIdleSec * 1e6)],
    ['Listens on', listen.length === 0 ? 'nothing now' : listen.join(', ')],
  ];
  return (
    <dl class="service-figures">
      {rows.map(([term, text]) => (
        <div key={term}>
          <dt class="faint">{term}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

interface RejectFormProps {
  readonly name: string;
  readonly enforce: ServicesJson['enforce'];
  readonly onCommand: (command: Command) => void;
}

/** Refuses an address or prefix that is typed in. */
function RejectForm({ name, enforce, onCommand }: RejectFormProps): JSX.Element {
  const [ip, setIp] = useState('');
  const [time, setTime] = useState('');
  return (
    <form
      class="service-reject"
      onSubmit={(event) => {
        event.preventDefault();
        if (ip.trim() !== '') onCommand(rejectCommand(name, ip, time, enforce));
      }}
    >
      <label>
        Reject address or prefix{' '}
        <input
          type="text"
          value={ip}
          placeholder="192.0.2.0/24"
          onInput={({ currentTarget }) => setIp(currentTarget.value)}
        />
      </label>
      <label>
        for{' '}
        <input
          type="text"
          class="is-short"
          value={time}
          placeholder="10m"
          onInput={({ currentTarget }) => setTime(currentTarget.value)}
        />
      </label>
      <button type="submit" class="button" disabled={ip.trim() === ''}>
        Reject
      </button>
    </form>
  );
}
