import { Ajv2020 } from 'ajv/dist/2020.js';

/** OpenAPI document, as far as tests read it. */
export interface ApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, ApiPath>>;
}

interface ApiPath {
  readonly get?: ApiOperation;
  readonly post?: ApiOperation;
}

interface Content {
  readonly content: Readonly<Record<string, { readonly schema?: { readonly $ref: string } }>>;
}

interface ApiOperation {
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

/** Validates answers against an OpenAPI document. */
export class ApiValidator {
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  readonly #document: ApiDocument;

  constructor(document: ApiDocument) {
    this.#document = document;
    this.#ajv.addSchema(document, 'api');
  }

  /** Returns the errors of a body; an empty list when it fits the schema of the route, status and media type. */
  answerErrors(route: string, status: number, type: string, body: string): string[] {
    const response = this.#operation(route)?.responses[String(status)];
    const content = response?.content[type.split(';')[0] ?? ''];
    if (content === undefined) return [`${route} does not document ${status} ${type}`];
    const { schema } = content;
    if (schema === undefined) return [];
    return this.errors(schema.$ref.replace('#/components/schemas/', ''), JSON.parse(body));
  }

  /** Returns the errors of the JSON that a client sends to a route. */
  requestErrors(route: string, body: string): string[] {
    const schema = this.#operation(route)?.requestBody?.content['application/json']?.schema;
    if (schema === undefined) return [`${route} documents no body`];
    return this.errors(schema.$ref.replace('#/components/schemas/', ''), JSON.parse(body));
  }

  #operation(route: string): ApiOperation | undefined {
    const { get, post } = this.#document.paths[route] ?? {};
    return get ?? post;
  }

  /** Returns the errors of a value against a schema, by its name. */
  errors(schema: string, value: unknown): string[] {
    const validate = this.#ajv.compile({ $ref: `api#/components/schemas/${schema}` });
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message = '' }) => `${schema}${instancePath}: ${message}`);
  }
}
