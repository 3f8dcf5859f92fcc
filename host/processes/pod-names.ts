import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from './types.js';

/** Lists the names in a folder. @throws the system error */
export type ListFolder = (path: string) => Promise<readonly string[]>;

/** Folders of the kubelet's logs. */
const PODS = 'var/log/pods';
const CONTAINERS = 'var/log/containers';

/** Names of the pods on this machine, from the folders of the kubelet's logs. */
export class PodNames {
  readonly #root: string;
  readonly #list: ListFolder;

  /** @param root folder that contains `var/log` */
  constructor(root = '/', list: ListFolder = (path) => readdir(path)) {
    this.#root = root;
    this.#list = list;
  }

  /** Returns the names of pods, by uid and container id. Names that cannot be read are null. */
  async find(
    wanted: readonly { readonly uid: string; readonly containerId: string | null }[],
  ): Promise<readonly Pod[]> {
    const [folders, logs] = await Promise.all([this.#tryList(PODS), this.#tryList(CONTAINERS)]);
    const pods = new Map(folders.flatMap((folder) => podOfFolder(folder) ?? []));
    const containers = new Map(logs.flatMap((log) => containerOfLog(log) ?? []));
    return await Promise.all(
      wanted.map(async ({ uid, containerId }) => {
        const pod = pods.get(uid);
        const container = containers.get(containerId ?? '') ?? (await this.#onlyContainer(pod?.folder));
        return { uid, name: pod?.name ?? null, namespace: pod?.namespace ?? null, container };
      }),
    );
  }

  /** Returns the name of a pod's container if it has only one. */
  async #onlyContainer(folder: string | undefined): Promise<string | null> {
    if (folder === undefined) return null;
    const names = await this.#tryList(join(PODS, folder));
    return names.length === 1 ? (names[0] ?? null) : null;
  }

  async #tryList(folder: string): Promise<readonly string[]> {
    try {
      return await this.#list(join(this.#root, folder));
    } catch {
      return []; // no kubelet here, or its folders are not readable or not mounted
    }
  }
}

/** Parses `<namespace>_<name>_<uid>`. Names have no underscores. */
function podOfFolder(folder: string): [[string, { namespace: string; name: string; folder: string }]] | undefined {
  const [, namespace, name, uid] = /^([^_]+)_([^_]+)_([^_]+)$/.exec(folder) ?? [];
  if (namespace === undefined || name === undefined || uid === undefined) return undefined;
  return [[uid, { namespace, name, folder }]];
}

/** Parses `<pod>_<namespace>_<container>-<container id>.log`. */
function containerOfLog(log: string): [[string, string]] | undefined {
  const [, container, id] = /^[^_]+_[^_]+_(.+)-([0-9a-f]{64})\.log$/.exec(log) ?? [];
  return container === undefined || id === undefined ? undefined : [[id, container]];
}
