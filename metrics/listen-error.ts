/** The monitoring page could not get its address. The message names the address and why. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** What the system said: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, `ENOTFOUND`, …; `ERR_*` for an impossible port. */
  readonly code: string;
  /** The address that was asked for, as `host:port`; without a host `:port`. */
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
