import { getSystemErrorMap } from 'node:util';
import { queryMethodName } from '../../collector/index.js';
import { defineCheck, type Verdict } from '../check.js';
import type { KernelFindings } from '../probes/kernel.js';

const EPERM = 1;
const ENOENT = 2;
const EACCES = 13;
const EINVAL = 22;
const ENOSYS = 38;
const EPROTONOSUPPORT = 93;
const EOPNOTSUPP = 95;
const EAFNOSUPPORT = 97;

type Facts = Pick<KernelFindings, 'failure' | 'queryMethod'>;

/** Check that the kernel lists connections. */
export const sockDiag = defineCheck<Facts>({
  name: 'sock-diag',
  tells: 'whether the kernel lists connections (SOCK_DIAG, inet_diag), and whether one walk covers both families',
  fails: 'the kernel does not: no module `tcp_diag`, a seccomp filter, or a sandbox such as gVisor',
  remedy: '`modprobe tcp_diag` on the host; allow `NETLINK_SOCK_DIAG` sockets; another runtime than gVisor',
  needs: ['addon'],
  gather: async ({ kernel }) => {
    const { failure, queryMethod } = await kernel();
    return { ...(failure === undefined ? {} : { failure }), ...(queryMethod === undefined ? {} : { queryMethod }) };
  },
  judge: ({ failure, queryMethod = 0 }) => {
    if (failure !== undefined) return refused(failure);
    const cost = queryMethod % 2 === 0 ? '' : ', which doubles the fixed cost of a scan';
    return { level: 'ok', found: `the kernel lists connections: ${queryMethodName(queryMethod)}${cost}` };
  },
});

function refused({ code, errno, op }: NonNullable<Facts['failure']>): Verdict {
  const [name, words] = getSystemErrorMap().get(-errno) ?? [code, 'no reason given'];
  const found = `the kernel does not list connections: ${op}: ${words} (${name})`;
  return { level: 'fail', found, advice: remedy(errno, op) };
}

function remedy(errno: number, op: string): string {
  const isRefused = op === 'NLMSG_ERROR' || op === 'NLMSG_DONE';
  if (isRefused && [ENOENT, EOPNOTSUPP, EINVAL].includes(errno)) {
    return 'on the host, as root: modprobe tcp_diag (and add tcp_diag to /etc/modules-load.d/ for the next boot)';
  }
  if ([EPERM, EACCES, ENOSYS].includes(errno)) {
    return 'allow AF_NETLINK sockets of protocol NETLINK_SOCK_DIAG: a seccomp profile, SELinux or AppArmor forbids them';
  }
  if ([EPROTONOSUPPORT, EAFNOSUPPORT].includes(errno)) {
    return 'on the host, as root: modprobe tcp_diag; a sandbox without it (gVisor) needs another runtime, such as runc';
  }
  return 'run it again; if the problem stays, report it with this line';
}
