/** Thrown when an HTTP server cannot listen on its address. The message contains the address and the reason. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** System error code: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, `ENOTFOUND`, …; `ERR_*` for an invalid port. */
  readonly code: string;
  /** Requested address as `host:port`, or `:port` without a host. */
  readonly address: string;

  constructor(asked: { readonly host?: string; readonly port: number }, cause: NodeJS.ErrnoException) {
    const host = asked.host ?? '';
    const address = `${host.includes(':') ? `[${host}]` : host}:${asked.port}`;
    const code = cause.code ?? 'ERR_LISTEN';
    super(`listen on ${address}: ${REASONS[code] ?? cause.message} (${code})`, { cause });
    this.code = code;
    this.address = address;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'address already in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'no such address on this machine',
  ENOTFOUND: 'host name not found',
  EINVAL: 'no such interface, or a link-local address without one, as in [fe80::1%eth0]:9990',
  EAFNOSUPPORT: 'address family not supported',
};
