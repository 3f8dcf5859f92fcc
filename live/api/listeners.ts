import { networkInterfaces } from 'node:os';

/** Socket on which the API listens: a TCP port of a host, or a unix socket. Without a host: 127.0.0.1 and ::1. */
export type LiveListener =
  | { readonly host?: string; readonly port: number }
  | {
      /** Absolute path. */
      readonly path: string;
    };

/** Address on a host. */
export interface HostAddress {
  readonly host: string;
  readonly port: number;
}

/** Returns the addresses of a listener; ::1 only if the machine has it. */
export function addressesOf({ host, port }: { readonly host?: string; readonly port: number }): HostAddress[] {
  if (host !== undefined) return [{ host, port }];
  const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
  return [{ host: '127.0.0.1', port }, ...(hasIpv6 ? [{ host: '::1', port }] : [])];
}
