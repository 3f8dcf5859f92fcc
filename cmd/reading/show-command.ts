/** Digits of a UUID's end that no other connection of its boot has. */
const UUID_END = 16;

/**
 * Command that shows a connection, to be pasted into a shell. Undefined when its UUID or a path, which are others' words, could
 * be taken for an option or change what the terminal shows, and when standard input was read.
 */
export function showCommand(uuid: string | null, paths: readonly string[]): string | undefined {
  if (uuid === null || !/^[A-Za-z0-9][\w.-]*$/.test(uuid)) return undefined;
  if (paths.some((path) => path.startsWith('-') || /[^\x20-\x7e]/.test(path))) return undefined;
  const end = /_[0-9A-F]{16}$/.test(uuid) ? uuid.slice(-UUID_END) : uuid;
  return ['tcp-info', 'show', end, ...paths.map(quoted)].join(' ');
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
