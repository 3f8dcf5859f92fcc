/** How loud a line is; `debug` lines are written only when asked for. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Values that a log line can carry; undefined ones are left out. */
export type LogFields = Readonly<Record<string, string | number | bigint | boolean | undefined>>;

/** Writes one line a call: `level=info msg="…" key=value …`. */
export interface Logger {
  /** Whether debug lines are written; asked before one is made at some cost. */
  readonly isDebug: boolean;
  debug(msg: string, fields?: LogFields): void;
  info(msg: string, fields?: LogFields): void;
  warn(msg: string, fields?: LogFields): void;
  error(msg: string, fields?: LogFields): void;
}

export interface LoggerOptions {
  /** Where lines go, each with its newline. */
  readonly write: (line: string) => void;
  /** Whether debug lines are written. */
  readonly debug?: boolean;
  /** Now, as text; every line begins with it. Without it lines carry no time. */
  readonly now?: () => string;
}

/** A logger in logfmt. Keys are lower case with their unit (`duration_ms`); values are quoted where they need it. */
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
 * Bare where unambiguous, else a JSON string, so that a hostile value cannot forge a second line or field; nor can it tell
 * a terminal anything.
 */
function formatValue(text: string): string {
  if (/^[\w./:@%+,[\]~*-]+$/.test(text)) return text;
  return JSON.stringify(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escapeUnits);
}

/** A letter as JSON has it by its number. */
function escapeUnits(letter: string): string {
  return letter.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
