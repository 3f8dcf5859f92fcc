import { dirname } from 'node:path';
import { defineCheck, type Verdict } from '../check.js';
import { type LiveFindings, probeLiveApi } from '../probes/live-api.js';
import { plural } from '../words.js';
import { SOCKET_REMEDIES } from './event-socket.js';

interface LiveFacts extends LiveFindings {
  readonly address: string;
  /** Path of the unix socket; absent for a port. */
  readonly path?: string;
  /** True when the user named the place; else it is the usual one. */
  readonly isGiven: boolean;
}

/** Check of the live API: a collector that serves it, or the place for it. */
export const live = defineCheck<LiveFacts>({
  name: 'live',
  tells:
    'whether a collector serves the live API at --live, else at /run/tcp-info/live.sock, or whether its socket can be made there',
  warns: 'this user may not connect or has no token, no collector serves the given port, or another program does',
  fails: 'no collector serves the given socket, and it cannot be made',
  remedy: 'membership in the group of the socket, the token, the folder, or another place',
  gather: async ({
    options: {
      live: { place, isGiven },
    },
  }) => ({
    address: place.text,
    ...(place.socketPath === undefined ? {} : { path: place.socketPath }),
    isGiven,
    ...(await probeLiveApi(place)),
  }),
  judge: (facts) => {
    const { address, path, version, open = 0, status, socket } = facts;
    if (version !== undefined) {
      const connections = plural(open, 'open connection');
      // A browser cannot open a unix socket.
      const page = path === undefined ? `; the page for browsers is ${address}/` : '';
      return {
        level: 'ok',
        found: `${address}: tcp-info ${version} answers, with ${connections}${lock(socket)}${page}`,
      };
    }
    if (status === 401) {
      return {
        level: 'warn',
        found: `${address}: a collector serves it, but the token is missing or wrong`,
        advice: 'add #token=TOKEN to the address, or set TCP_INFO_LIVE_TOKEN; the log of the collector names its file',
      };
    }
    if (status !== undefined) {
      return {
        level: 'warn',
        found: `${address}: the answer is not that of a collector (status ${status})`,
        advice: 'give the address of -live; another program may serve this one',
      };
    }
    return judgeUnanswered(facts);
  },
});

function judgeUnanswered({ address, path, isGiven, code = '', socket, obstacle }: LiveFacts): Verdict {
  if (path === undefined) {
    return {
      level: 'warn',
      found: `${address}: no collector answers (${code})`,
      advice: 'start a collector with -live, or give the address of one that runs',
    };
  }
  if (code === 'EACCES') {
    return {
      level: 'warn',
      found: `${address}: this user may not connect${lock(socket)}`,
      advice: 'add this user to the group of the socket (usermod -aG GROUP USER), and log in again',
    };
  }
  if (code !== 'ENOENT' && code !== 'ECONNREFUSED' && code !== 'ENOTSOCK') {
    return {
      level: 'warn',
      found: `${address}: a program serves it, but does not answer as a collector (${code})`,
      advice: 'stop that program, or give another path with -live',
    };
  }
  if (obstacle === undefined) return { level: 'ok', found: `${address}: no collector serves it yet; it can be made` };
  const remedy = SOCKET_REMEDIES[obstacle.code] ?? 'give another path with -live';
  // The live API is optional: its usual place matters only to those who use it.
  if (!isGiven) {
    const need = obstacle.code === 'ENOENT' ? `needs the folder ${dirname(path)}` : `cannot be made (${obstacle.code})`;
    return { level: 'ok', found: `${address}: no collector serves it; with -live it ${need}` };
  }
  return { level: 'fail', found: `${address}: ${obstacle.reason} (${obstacle.code})`, advice: remedy };
}

/** Describes who may connect to a socket. */
function lock(socket: LiveFindings['socket']): string {
  return socket === undefined ? '' : `; mode ${socket.mode}, uid ${socket.uid}, gid ${socket.gid}`;
}
