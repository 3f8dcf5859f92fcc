import type { ListenAddress } from '../../live/http/index.js';
import { defineCheck } from '../check.js';
import { isListened, listenFailure } from '../probes/listening.js';

interface AddressFacts {
  readonly address: string;
  /** Code of the error that prevents listening; absent when the address is free. */
  readonly code?: string;
  /** True when a tcp-info serves its metrics there. */
  readonly isOurs: boolean;
}

/** Check of the metrics address. */
export const metricsAddress = defineCheck<AddressFacts>({
  name: 'metrics-address',
  tells: 'whether metrics can be served at the address; only with --metrics-address',
  fails: 'another program has the port, this user may not use it, or this machine does not have the address',
  remedy: 'another port or address',
  wanted: ({ options }) => options.metricsAddress !== undefined,
  gather: async ({ options: { metricsAddress: asked = { port: 0 } } }) => {
    const address = addressText(asked);
    const code = await listenFailure(asked);
    if (code === undefined) return { address, isOurs: false };
    return { address, code, isOurs: code === 'EADDRINUSE' && (await isListened(asked)) };
  },
  judge: ({ address, code, isOurs }) => {
    if (code === undefined) return { level: 'ok', found: `${address} is free` };
    if (isOurs) return { level: 'ok', found: `${address}: a running tcp-info serves its metrics there` };
    const [words, advice] = ADDRESS_FAILURES[code] ?? ['cannot be used', 'give another one with -prom'];
    return { level: 'fail', found: `${address}: ${words} (${code})`, advice };
  },
});

const ADDRESS_FAILURES: Readonly<Record<string, readonly [words: string, advice: string]>> = {
  EADDRINUSE: ['another program has it', 'give another port with -prom, or stop that program (ss -ltnp shows it)'],
  EACCES: ['this user may not use it', 'give a port of 1024 or more with -prom, or grant CAP_NET_BIND_SERVICE'],
  EADDRNOTAVAIL: ['no such address on this machine', "give one of this machine's with -prometheusx.listen-address"],
  EINVAL: [
    'no such interface, or no interface given',
    'give a link-local address with its interface: -prometheusx.listen-address=[fe80::1%eth0]:9990',
  ],
  ENOTFOUND: ['no such host name', 'give an address with -prometheusx.listen-address'],
};

function addressText({ host = '', port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
