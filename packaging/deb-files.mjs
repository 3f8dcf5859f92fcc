/** The small files of the Debian package. */

/** The Node that the package brings, as the npm packages node-linux-* have it. */
export const NODE = '22.23.3';

/** Who answers for a package: whoever builds it can say so, as Debian's own tools are told. */
const { DEBFULLNAME: name = 'tcp-info maintainers', DEBEMAIL: email = 'tcp-info@users.noreply.github.com' } =
  process.env;
const MAINTAINER = `${name} <${email}>`;

/** A program in /usr/bin, which makes way for Node. SIGUSR1 opens no debugger, not even before the program is loaded. */
export function wrapper(name) {
  const lib = '/usr/lib/tcp-info';
  return `#!/bin/sh\nexec ${lib}/bin/node --disable-sigusr1 ${lib}/dist/cmd/${name}/main.js "$@"\n`;
}

export function control({ architecture, version, kibibytes }) {
  return `Package: tcp-info
Version: ${version}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Installed-Size: ${kibibytes}
Depends: libc6 (>= 2.28), libgcc-s1 | libgcc1, libstdc++6 (>= 8)
Recommends: libzstd1
Suggests: zstd, bash-completion
Section: net
Priority: optional
Description: record what every TCP connection goes through
 Asks the kernel on a fixed beat for the state of every TCP socket, over
 netlink (inet_diag), and writes what changed to one compressed archive a
 connection. Serves Prometheus metrics, and tells other programs of every open
 and close over a unix socket.
 .
 Brings along its own Node.js and tools that read the archives. The service is
 not started by itself: systemctl enable --now tcp-info.
`;
}

/**
 * Nothing is started or enabled at installation: what a machine's connections are is recorded when its owner says so. An
 * update restarts a service that runs. Data stays, also when the package is purged. What systemd refuses it says itself,
 * and it does not leave the package half installed: a service that does not start for its own settings, or is masked, is
 * no reason why apt should stop.
 */
export const MAINTAINER_SCRIPTS = {
  postinst: `#!/bin/sh
set -e
if [ "$1" = configure ] && [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload || true
  # An update: only what runs is restarted.
  if [ -n "$2" ]; then systemctl try-restart tcp-info.service || true; fi
fi
`,
  prerm: `#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  systemctl disable --now tcp-info.service || true
fi
`,
  postrm: `#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then systemctl --system daemon-reload || true; fi
# Data in /var/lib/tcp-info stays, also at purge: it is the owner's.
`,
};

/** @param time of the commit, in seconds since 1970; now where it is not known */
export function changelog(version, time = Date.now() / 1000) {
  const date = new Date(time * 1000).toUTCString().replace('GMT', '+0000');
  return `tcp-info (${version}) unstable; urgency=medium\n\n  * See CHANGELOG.md.gz.\n\n -- ${MAINTAINER}  ${date}\n`;
}

export function copyright(packages) {
  const listed = packages.map(({ name, version, license: of }) => ` ${name} ${version}: ${of}`).join('\n');
  return `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: tcp-info
Comment:
 /usr/lib/tcp-info/node_modules has these packages, each under the licence that
 is named here and lies in its folder:
${listed}
 .
 /usr/lib/tcp-info/bin/node is Node.js; its licence, and those of what it
 contains, are in LICENSE.node.gz beside this file.

Files: *
Copyright: 2026 the authors of tcp-info
License: Apache-2.0
 On Debian systems, the full text of the Apache License 2.0 is in the file
 /usr/share/common-licenses/Apache-2.0.
`;
}

/** What lintian objects to in every package that brings its own runtime along. */
export function lintianOverrides() {
  return `# Node.js as its makers publish it, for Debian's is too old; its libraries are linked statically.
tcp-info: embedded-library *usr/lib/tcp-info/bin/node*
tcp-info: unstripped-binary-or-object *usr/lib/tcp-info/bin/node*
tcp-info: hardening-no-pie *usr/lib/tcp-info/bin/node*
tcp-info: statically-linked-binary *
# It stops a service that runs from files that are about to go; debhelper's helpers do the same, and are not needed.
tcp-info: maintainer-script-calls-systemctl *
# Only /usr/bin/* runs them, by the Node that is brought along.
tcp-info: script-not-executable *usr/lib/tcp-info/dist/cmd/*
# An example; its --help says all.
tcp-info: no-manual-page *usr/bin/example-eventsocket-client*
# Not from a Debian source package.
tcp-info: initial-upload-closes-no-bugs *
`;
}
