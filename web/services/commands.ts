import type { ServiceAction, ServiceCommandJson, ServicesJson } from '../../live/wire/index.js';
import { formatThings } from '../../view/chart/index.js';

/** Command on a service, which asks first. */
export interface Command {
  readonly service: string;
  readonly action: ServiceAction;
  readonly body: object;
  /** Question before it is sent. */
  readonly question: string;
  /** Name of the button that sends it. */
  readonly verb: string;
}

/** Returns why no command is possible; undefined if they are. */
export function whyNoCommands(enforce: ServicesJson['enforce'], isReadOnly: boolean): string | undefined {
  if (isReadOnly) return 'The collector runs with -live.read-only: nothing can be changed here.';
  if (enforce === 'off')
    return 'The collector only counts. It ends connections with -services.enforce: docs/services.md.';
  return undefined;
}

const IN_DRY_RUN = ' In the dry run it only counts what it would end.';

/** Returns the command that drains a service, or ends that. */
export function drainCommand(service: string, isDraining: boolean, enforce: ServicesJson['enforce']): Command {
  const end = enforce === 'dry-run' ? IN_DRY_RUN : '';
  return isDraining
    ? { service, action: 'undrain', body: {}, verb: 'Undrain', question: `Let ${service} have connections again?` }
    : {
        ...{ service, action: 'drain', body: {}, verb: 'Drain' },
        question: `End idle connections of ${service} and new ones now, and all others after its wait_timeout?${end}`,
      };
}

/** Returns the command that refuses an address or prefix for a time; without one until it is released. */
export function rejectCommand(service: string, ip: string, forText: string, enforce: ServicesJson['enforce']): Command {
  const time = forText.trim();
  const until = time === '' ? 'until it is released or the collector stops' : `for ${time}`;
  return {
    ...{ service, action: 'reject', verb: 'Reject' },
    body: { ip: ip.trim(), ...(time === '' ? {} : { for: time }) },
    question: `End open connections from ${ip.trim()} to ${service}, and refuse further ones ${until}?${
      enforce === 'dry-run' ? IN_DRY_RUN : ''
    }`,
  };
}

/** Returns the command that ends open connections of an address or prefix. */
export function closeCommand(service: string, ip: string, enforce: ServicesJson['enforce']): Command {
  return {
    ...{ service, action: 'close', verb: 'Close', body: { ip: ip.trim() } },
    question: `End open connections from ${ip.trim()} to ${service}? Further ones are possible.${
      enforce === 'dry-run' ? IN_DRY_RUN : ''
    }`,
  };
}

/** Returns the command that releases an address or prefix. */
export function releaseCommand(service: string, ip: string): Command {
  return {
    service,
    action: 'release',
    body: { ip },
    verb: 'Release',
    question: `Let ${ip} connect to ${service} again?`,
  };
}

/** Returns the sentence about the answer to a command. */
export function answerText({ action, service, closed, released, enforce }: ServiceCommandJson): string {
  if (action === 'release')
    return released === true ? `${service}: released.` : `${service}: it was not refused by a command.`;
  if (action === 'undrain') return `${service} has connections again.`;
  const ended = enforce === 'dry-run' ? 'would be ended (dry run)' : closed === 1 ? 'is ended' : 'are ended';
  return `${service}: ${formatThings(closed, 'open connection')} ${ended}.`;
}

/** Returns counts by reason: `conn_limit 4, blacklist 1`. */
export function reasonsText(counts: Readonly<Record<string, number>>): string {
  const known = Object.entries(counts).filter(([, count]) => count > 0);
  return known.map(([reason, count]) => `${reason} ${count}`).join(', ');
}
