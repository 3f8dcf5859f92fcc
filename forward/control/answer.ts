import { PrefixSet } from '../../inetdiag/index.js';
import {
  CONTROL_ACTIONS,
  type ControlAction,
  type ControlCommand,
  ControlCommandError,
  parseCommand,
} from '../../services/control/index.js';
import { TooManyBansError } from '../../services/limits/index.js';
import type { ForwardedService, Forwarder } from '../index.js';

/** Request to the control socket. */
export interface ControlRequest {
  readonly method: string;
  /** Path from the first slash, with its query. */
  readonly target: string;
  readonly body: string;
}

/** Answer to it; the body is JSON. */
export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

const SERVICES = '/services';

/**
 * Answers a request: `GET /services`, `GET /services/NAME`, `POST /services/NAME/ACTION`. 404 for an unknown service or
 * path, 405 for another method, 400 for a body that is no command.
 */
export function answerControl(forwarder: Forwarder, { method, target, body }: ControlRequest): ControlAnswer {
  const [path = ''] = target.split('?', 1);
  const [, root, name, action, ...more] = path.split('/');
  if (`/${root}` !== SERVICES || more.length > 0) return failure(404, `no such path: ${SERVICES}/NAME/ACTION`);
  if (name === undefined || name === '')
    return method === 'GET' ? { status: 200, body: all(forwarder) } : notAllowed('GET');
  const service = forwarder.find(decoded(name));
  if (service === undefined) return failure(404, 'no such service');
  if (action === undefined) {
    forwarder.reports(0);
    return method === 'GET' ? { status: 200, body: one(service) } : notAllowed('GET');
  }
  if (!isAction(action)) return failure(404, `no such action: expected ${CONTROL_ACTIONS.join(', ')}`);
  if (method !== 'POST') return notAllowed('POST');
  try {
    return { status: 200, body: act(service, parseCommand(action, body)) };
  } catch (error) {
    if (error instanceof ControlCommandError) return failure(400, error.message);
    if (error instanceof TooManyBansError) return failure(409, error.message);
    throw error;
  }
}

/** Answer that says what is wrong. */
export function failure(status: number, error: string): ControlAnswer {
  return { status, body: { error } };
}

function notAllowed(method: string): ControlAnswer {
  return failure(405, `method not allowed: expected ${method}`);
}

function isAction(text: string): text is ControlAction {
  return (CONTROL_ACTIONS as readonly string[]).includes(text);
}

/** A name that is not encoded well is no service's name. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function all(forwarder: Forwarder): unknown {
  forwarder.reports(0);
  return forwarder.services().map(one);
}

function one(service: ForwardedService): unknown {
  const refused = service.refused().map(({ prefix, leftMs }) => ({
    ip: prefix,
    remainingSec: leftMs === undefined ? null : Math.ceil(leftMs / 1000),
  }));
  return { ...service.report(), draining: service.limits.isStopping, refused };
}

function act(service: ForwardedService, command: ControlCommand): unknown {
  switch (command.action) {
    case 'reject':
      return { closed: service.reject(command.prefix, command.forMs) };
    case 'release':
      return { released: service.release(command.prefix) };
    case 'close':
      return { closed: close(service, command) };
    case 'drain':
      // Its end needs no answer: the statistics show it.
      void service.drain();
      return { connections: service.open };
    case 'undrain':
      service.admitAgain();
      return { connections: service.open };
  }
}

function close(service: ForwardedService, command: Extract<ControlCommand, { readonly action: 'close' }>): number {
  if ('uuid' in command) return service.endIf('closed', (each) => service.hasUuid(each, command.uuid));
  if ('idleMs' in command) return service.endIf('closed', (each) => service.isIdle(each, command.idleMs));
  const prefix = new PrefixSet([command.prefix]);
  return service.endIf('closed', ({ clientAddress }) => prefix.has(clientAddress));
}
