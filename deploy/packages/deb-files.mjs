/** Small files of the Debian package. */

/** Version of Node in the package, from the npm packages node-linux-*. */
export const NODE = '22.23.3';

/** Maintainer of the package. The builder can set it with the variables of Debian's own tools. */
const { DEBFULLNAME: name = 'tcp-info maintainers', DEBEMAIL: email = 'tcp-info@users.noreply.github.com' } =
  process.env;
const MAINTAINER = `${name} <${email}>`;

/** Returns a program for /usr/bin, which executes Node. SIGUSR1 never opens a debugger, not even during the start. */
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
 Asks the kernel at a fixed interval for the state of every TCP socket, over
 netlink (inet_diag), and writes the changes to one compressed archive per
 connection. Serves Prometheus metrics, and reports every open and close to
 other programs over a unix socket.
 .
 Contains its own Node.js and tools that read the archives. The service is not
 started automatically: systemctl enable --now tcp-info.
`;
}

/**
 * Maintainer scripts. The installation does not start or enable the service: recording is the owner's decision. An
 * update restarts a running service. Data stays, even when the package is purged. An error of systemd, for example for
 * a masked service or invalid settings, is reported by systemd and does not fail the installation.
 */
export const MAINTAINER_SCRIPTS = {
  postinst: `#!/bin/sh
set -e
if [ "$1" = configure ] && [ -d /run/systemd/system ]; then
  systemctl --system daemon-reload || true
  # An update: restart the service only if it runs.
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
# Data in /var/lib/tcp-info stays, also at purge: it belongs to the owner.
`,
};

/** Returns Debian's changelog. @param time of the commit, in seconds since 1970; default now */
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
 /usr/lib/tcp-info/dist/web is the page for browsers; the packages that it
 contains, with their licences, are listed in notices.txt in that folder.
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

/** Returns overrides for lintian's objections to every package that contains its own runtime. */
export function lintianOverrides() {
  return `# Node.js as published by its project, because Debian's is too old; its libraries are linked statically.
tcp-info: embedded-library *usr/lib/tcp-info/bin/node*
tcp-info: unstripped-binary-or-object *usr/lib/tcp-info/bin/node*
tcp-info: hardening-no-pie *usr/lib/tcp-info/bin/node*
tcp-info: statically-linked-binary *
# Stops the service before its files are removed, like debhelper's scripts, which are not needed.
tcp-info: maintainer-script-calls-systemctl *
# Only /usr/bin/* runs them, with the package's own Node.
tcp-info: script-not-executable *usr/lib/tcp-info/dist/cmd/*
# An example; its --help is complete.
tcp-info: no-manual-page *usr/bin/example-eventsocket-client*
# Not from a Debian source package.
tcp-info: initial-upload-closes-no-bugs *
`;
}
