import type { ProblemJson } from '../../live/wire/index.js';

/** Codes of problems that the page itself finds; all others are the API's. */
export const PAGE_PROBLEMS = ['ERR_UNREACHABLE', 'ERR_TIMEOUT', 'ERR_ANSWER', 'ERR_TOO_LARGE'] as const;
/** One of {@link PAGE_PROBLEMS}. */
export type PageProblem = (typeof PAGE_PROBLEMS)[number];

/** Thrown when a request is refused or gets no answer. `message` is a sentence for the user. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  /** @param retryAfterMs time after which the server may be asked again, if it named one */
  constructor(
    readonly problem: ProblemJson,
    readonly retryAfterMs?: number,
  ) {
    super(problem.detail);
  }

  /** Status of HTTP; 0 without an answer. */
  get status(): number {
    return this.problem.status;
  }

  get code(): string {
    return this.problem.code;
  }

  /** True if the same request can succeed later: no answer, too many clients, the collector stops. */
  get isTemporary(): boolean {
    const { status, code } = this.problem;
    return code !== 'ERR_TOO_LARGE' && (status === 0 || status === 408 || status === 429 || status >= 500);
  }
}

/** Creates the error for a problem that the page itself found. */
export function pageProblem(code: PageProblem, detail: string, status = 0): ProblemError {
  return new ProblemError({ type: 'about:blank', title: 'No answer', status, code, detail });
}

/** Part of a response that says what was refused. */
export interface Refusal {
  readonly status: number;
  readonly statusText: string;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/** Reads the problem of a response that is no success. Another body, such as a proxy's page, is left out. */
export async function readProblem(response: Refusal): Promise<ProblemError> {
  const { status, statusText } = response;
  const problem = parseProblem(await response.text(), status);
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ProblemError(
    problem ?? {
      type: 'about:blank',
      title: statusText || 'Error',
      status,
      code: 'ERR_ANSWER',
      detail: `the server answers with status ${status}`,
    },
    Number.isFinite(seconds) ? seconds * 1000 : undefined,
  );
}

function parseProblem(text: string, status: number): ProblemJson | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // No JSON, so no problem of the API: the status says more.
    return undefined;
  }
  if (typeof body !== 'object' || body === null) return undefined;
  const { code, detail, title } = body as Partial<Record<keyof ProblemJson, unknown>>;
  if (typeof code !== 'string' || typeof detail !== 'string') return undefined;
  return { ...(body as ProblemJson), type: 'about:blank', title: typeof title === 'string' ? title : code, status };
}
