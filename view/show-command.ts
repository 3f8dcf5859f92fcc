/** Digits at a UUID's end that are unique within a boot. */
const UUID_END = 16;

/**
 * Returns the command that shows a connection, to paste into a shell. Undefined when standard input was read, or when
 * the UUID or a path, which come from others, could act as an option or as a control sequence.
 */
export function showCommand(uuid: string | null, paths: readonly string[]): string | undefined {
  if (uuid === null || !/^[A-Za-z0-9][\w.-]*$/.test(uuid)) return undefined;
  if (paths.some((path) => path.startsWith('-') || /[^\x20-\x7e]/.test(path))) return undefined;
  const end = /_[0-9A-F]{16}$/.test(uuid) ? uuid.slice(-UUID_END) : uuid;
  return ['tcp-info', 'show', end, ...paths.map(quoted)].join(' ');
}

/** Quotes a word for a shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
