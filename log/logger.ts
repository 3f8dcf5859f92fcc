/** Severity of a log line; `debug` lines are written only if enabled. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Fields of a log line; undefined values are omitted. */
export type LogFields = Readonly<Record<string, string | number | bigint | boolean | undefined>>;

/** Logger that writes one line per call: `level=info msg="…" key=value …`. */
export interface Logger {
  /** True when debug lines are written. Check it before computing an expensive line. */
  readonly isDebug: boolean;
  debug(msg: string, fields?: LogFields): void;
  info(msg: string, fields?: LogFields): void;
  warn(msg: string, fields?: LogFields): void;
  error(msg: string, fields?: LogFields): void;
}

/** Options of {@link createLogger}. */
export interface LoggerOptions {
  /** Receives each line, with its newline. */
  readonly write: (line: string) => void;
  /** True to write debug lines (default false). */
  readonly debug?: boolean;
  /** Returns the current time as text, which begins every line. Without it lines have no time. */
  readonly now?: () => string;
}

/** Creates a logger in logfmt. Keys are lower case with a unit (`duration_ms`); values are quoted if necessary. */
export function createLogger({ write, debug = false, now }: LoggerOptions): Logger {
  const emit = (level: LogLevel, msg: string, fields?: LogFields): void => {
    write((now === undefined ? '' : `ts=${now()} `) + formatLine(level, msg, fields));
  };
  return {
    isDebug: debug,
    debug: debug ? (msg, fields) => emit('debug', msg, fields) : () => undefined,
    info: (msg, fields) => emit('info', msg, fields),
    warn: (msg, fields) => emit('warn', msg, fields),
    error: (msg, fields) => emit('error', msg, fields),
  };
}

function formatLine(level: LogLevel, msg: string, fields: LogFields = {}): string {
  let line = `level=${level} msg=${formatValue(msg)}`;
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) line += ` ${key}=${formatValue(String(value))}`;
  }
  return `${line}\n`;
}

/**
 * Formats a value: as it is if unambiguous, else as a JSON string. So a hostile value cannot forge another line or
 * field, nor send control characters to a terminal.
 */
function formatValue(text: string): string {
  if (/^[\w./:@%+,[\]~*-]+$/.test(text)) return text;
  return JSON.stringify(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escapeUnits);
}

/** Escapes a letter as JSON `\uXXXX`. */
function escapeUnits(letter: string): string {
  return letter.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
