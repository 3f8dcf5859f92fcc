import { UnixSocketError } from '../../files/index.js';

/** Thrown when an HTTP server cannot listen on its address. The message contains the address and the reason. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** System error code: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, `ENOTFOUND`, …; `ERR_*` for an invalid port. */
  readonly code: string;
  /** Requested address as `host:port`, `:port` without a host, or `unix:path`. */
  readonly address: string;

  constructor(
    asked: { readonly host?: string; readonly port: number } | { readonly path: string },
    cause: NodeJS.ErrnoException,
  ) {
    const address = 'path' in asked ? `unix:${asked.path}` : hostAndPort(asked);
    const code = cause.code ?? 'ERR_LISTEN';
    const reason = cause instanceof UnixSocketError ? cause.reason : (REASONS[code] ?? cause.message);
    super(`listen on ${address}: ${reason} (${code})`, { cause });
    this.code = code;
    this.address = address;
  }
}

function hostAndPort({ host = '', port }: { readonly host?: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'no such address on this machine',
  ENOTFOUND: 'host name not found',
  EINVAL: 'no such interface, or a link-local address without one, as in [fe80::1%eth0]:9990',
  EAFNOSUPPORT: 'address family not supported',
};
