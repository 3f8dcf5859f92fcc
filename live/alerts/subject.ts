import type { HttpRates, KeyValue } from '../answers/index.js';
import type { StoreRow } from '../store/index.js';

/** Connection, group or host that an alert is about. */
export type AlertSubject =
  | { readonly kind: 'connection'; readonly row: StoreRow }
  /** Without fields: the machine. */
  | { readonly kind: 'group'; readonly by: readonly string[]; readonly key: readonly KeyValue[] }
  | { readonly kind: 'http'; readonly host: HttpRates['host']; readonly section: HttpRates['section'] };

/** Labels of a subject: names are those that Prometheus allows. */
export type Labels = Readonly<Record<string, string>>;

/** Returns the labels of a subject as of now. */
export function labelsOf(subject: AlertSubject): Labels {
  switch (subject.kind) {
    case 'connection':
      return connectionLabels(subject.row);
    case 'group':
      return Object.fromEntries(subject.by.map((name, i) => [labelName(name), String(subject.key[i] ?? '')]));
    case 'http':
      return { host: subject.host ?? '', ...(subject.section === null ? {} : { section: subject.section }) };
  }
}

function connectionLabels({ identity, process, cgroup }: StoreRow): Labels {
  const { uuid, netnsName, localAddress, localPort, remoteAddress, remotePort } = identity;
  const pod = cgroup?.pod?.name;
  return {
    uuid: uuid ?? '',
    local: endText(localAddress, localPort),
    remote: endText(remoteAddress, remotePort),
    ...(netnsName === null || netnsName === undefined ? {} : { netns: netnsName }),
    ...(process === null ? {} : { command: process.command }),
    ...(cgroup?.unit === null || cgroup?.unit === undefined ? {} : { unit: cgroup.unit }),
    ...(pod === null || pod === undefined ? {} : { pod }),
  };
}

function endText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Returns a name with letters, digits and `_` only. */
function labelName(field: string): string {
  return field.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_');
}
