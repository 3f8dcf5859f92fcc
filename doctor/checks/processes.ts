import { CAP_SYS_PTRACE, hasCapability } from '../../host/index.js';
import { findCgroupMount, INIT_PID, isRefusal } from '../../host/processes/index.js';
import { defineCheck } from '../check.js';
import { count, time } from '../words.js';

/** Most CPU time to read the processes, nanoseconds. */
const MAX_CPU_NS = 1e9;
/** Id of the root of every hierarchy. */
const ROOT_CGROUP = 1n;

interface Facts {
  /** Processes that are visible. */
  readonly processes: number;
  /** Processes of those read whose sockets may not be read. */
  readonly refused: number;
  /** True when the first process is one of those. */
  readonly initRefused: boolean;
  /** True with CAP_SYS_PTRACE. */
  readonly ptrace: boolean;
  /** False in a container with a pid namespace of its own, and with `hidepid`. */
  readonly seesMachine: boolean;
  /** CPU time to read the sockets of all, nanoseconds. */
  readonly cpuNs: number;
  /** Mount point of cgroup v2; empty without one. */
  readonly cgroups: string;
  /** True when cgroups can be opened by their ids. */
  readonly opensByHandle: boolean;
}

/** Check of the search for processes. It is optional: the finding names what is missing, without a warning. */
export const processes = defineCheck<Facts>({
  name: 'processes',
  tells: 'how many processes can be matched to their sockets, and how cgroups are found; neither is required',
  needs: ['addon'],
  gather: async ({ netlink, read }) => {
    const owners = new (netlink().SocketOwners)('/proc');
    const survey = await owners.survey();
    const sockets = await owners.sockets(survey.pids, MAX_CPU_NS);
    const mount = findCgroupMount(read('/proc/self/mountinfo') ?? '')?.path ?? '';
    const opened = mount === '' ? undefined : await owners.openCgroups(mount, BigUint64Array.of(ROOT_CGROUP));
    const refused = survey.pids.filter((_, at) => isRefusal(sockets.processes[at]?.errno ?? 0));
    return {
      processes: survey.pids.length,
      refused: refused.length,
      initRefused: refused.includes(INIT_PID),
      ptrace: hasCapability(read('/proc/self/status') ?? '', CAP_SYS_PTRACE),
      seesMachine: read('/proc/2/comm')?.trim() === 'kthreadd',
      cpuNs: survey.cpuNs + sockets.cpuNs,
      cgroups: mount,
      opensByHandle: opened?.errno === 0,
    };
  },
  judge: ({ processes: all, refused, initRefused, ptrace, seesMachine, cpuNs, cgroups, opensByHandle }) => {
    const readable =
      refused === 0 || (refused === 1 && initRefused && ptrace)
        ? `${count(all)} ${all === 1 ? 'process' : 'processes'}, all readable${refused === 0 ? '' : ' but the first one, which the system protects'}, in ${time(cpuNs)}`
        : `${count(all - refused)} of ${count(all)} processes readable: ${ptrace ? 'the system protects the others' : 'the others need CAP_SYS_PTRACE'}`;
    const here = seesMachine ? '' : ', only those of this pid namespace (Kubernetes: hostPID), or hidden by hidepid';
    const groups =
      cgroups === ''
        ? 'no cgroup v2 is mounted: no units and containers'
        : opensByHandle
          ? 'cgroups by handle'
          : 'no CAP_DAC_READ_SEARCH: cgroups by a walk every 5 s';
    return { level: 'ok', found: `${readable}${here}; ${groups}` };
  },
});
