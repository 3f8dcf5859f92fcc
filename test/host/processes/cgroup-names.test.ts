import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCgroupPath } from '../../../host/processes/cgroup-names.js';

const ID = '0123456789abcdef'.repeat(4);
const UID = '7d8a1f52-0c1b-4a5e-9f63-1d2c3b4a5968';
const STATIC_UID = UID.replaceAll('-', '');
const UNDERSCORES = UID.replaceAll('-', '_');

describe('the names in the path of a cgroup', () => {
  it.each<[string, string | null]>([
    ['/', null],
    ['/system.slice', null],
    ['/init.scope', 'init.scope'],
    ['/system.slice/nginx.service', 'nginx.service'],
    ['/system.slice/system-getty.slice/getty@tty1.service', 'getty@tty1.service'],
    ['/system.slice/dev-disk\\x2dby\\x2did.swap', 'dev-disk\\x2dby\\x2did.swap'],
    ['/system.slice/_cpu.service', 'cpu.service'],
    ['/system.slice/postgresql@15-main.service/workers', 'postgresql@15-main.service'],
    ['/user.slice/user-1000.slice/session-3.scope', 'session-3.scope'],
    ['/user.slice/user-1000.slice/user@1000.service/app.slice/app-foo.service', 'app-foo.service'],
    ['/user.slice/user-1000.slice/user@1000.service', 'user@1000.service'],
    ['/a b.service', null],
  ])('unit of %s is %s', (path, unit) => {
    expect(parseCgroupPath(path)).toEqual({ unit, container: null, podUid: null });
  });

  it.each<[string, string, string | null]>([
    ['docker with systemd', `/system.slice/docker-${ID}.scope`, 'docker'],
    ['a unit in docker', `/system.slice/docker-${ID}.scope/system.slice/nginx.service`, 'docker'],
    ['docker with cgroupfs', `/docker/${ID}`, 'docker'],
    ['docker in a folder', `/docker/${ID}/init`, 'docker'],
    ['podman', `/machine.slice/libpod-${ID}.scope/container`, 'podman'],
    ['podman of a user', `/user.slice/user-1.slice/user@1.service/user.slice/libpod-${ID}.scope`, 'podman'],
    ['podman with cgroupfs', `/libpod_parent/libpod-${ID}`, 'podman'],
    ['nerdctl', `/system.slice/nerdctl-${ID}.scope`, 'containerd'],
    ['cri-o', `/kubepods.slice/kubepods-pod${UNDERSCORES}.slice/crio-${ID}.scope`, 'crio'],
    ['containerd', `/kubepods.slice/kubepods-pod${UNDERSCORES}.slice/cri-containerd-${ID}.scope`, 'containerd'],
    ['kubernetes with cgroupfs', `/kubepods/burstable/pod${UID}/${ID}`, null],
    ['cri-o with cgroupfs', `/kubepods/pod${UID}/crio-${ID}`, 'crio'],
    ['another driver', `/kubepods-besteffort-pod${UNDERSCORES}.slice:cri-containerd:${ID}`, 'containerd'],
  ])('container of %s', (_, path, runtime) => {
    expect(parseCgroupPath(path).container).toEqual({ id: ID, runtime });
  });

  it.each([
    `/machine.slice/libpod-conmon-${ID}.scope`,
    `/kubepods.slice/crio-conmon-${ID}.scope`,
    `/buildkit/${ID}`,
    '/system.slice/docker-abc.scope',
    '/system.slice/docker.service',
    `/docker/${ID}0`,
  ])('%s has no container', (path) => {
    expect(parseCgroupPath(path).container).toBeNull();
  });

  it.each<[string, string | null]>([
    [`/kubepods/pod${UID}/${ID}`, UID],
    [`/kubepods/besteffort/pod${UID}`, UID],
    [`/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${UNDERSCORES}.slice`, UID],
    [`/kubepods.slice/kubepods-pod${STATIC_UID}.slice/crio-${ID}.scope`, STATIC_UID],
    [`/system.slice/docker-${ID}.scope/kubelet.slice/kubelet-kubepods-pod${UNDERSCORES}.slice`, UID],
    [`/kubepods-besteffort-pod${UNDERSCORES}.slice:cri-containerd:${ID}`, UID],
    ['/kubepods.slice/kubepods-burstable.slice', null],
    ['/kubepods/podcast', null],
  ])('pod of %s is %s', (path, podUid) => {
    expect(parseCgroupPath(path).podUid).toBe(podUid);
  });

  it('any text is parsed', () => {
    fc.assert(
      fc.property(fc.string(), (path) => {
        const { unit, container, podUid } = parseCgroupPath(path);
        for (const name of [unit, container?.id ?? null, podUid?.replaceAll('-', '') ?? null]) {
          expect(name === null || path.replaceAll(/[-_]/g, '').includes(name.replaceAll(/[-_]/g, ''))).toBe(true);
        }
      }),
    );
  });
});
