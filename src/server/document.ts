import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';

type TransformObject = typeof jsonSchemaTransformObject;

/** Makes the OpenAPI 3.1 document of the routes registered after it. */
export function addDocument(app: FastifyInstance, version: string): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'devin-idp-sync',
        version,
        description:
          'Asks a running daemon for runs, follows them, and reads plans. Errors are RFC 9457 problems.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: onlyUsedComponents,
  });
}

/** The transform lists every named Zod schema of the process, in two variants; the document keeps what it uses. */
const onlyUsedComponents: TransformObject = (source) => {
  const document = jsonSchemaTransformObject(source) as OpenapiDocument;
  const schemas = document.components?.schemas ?? {};
  const used = new Set<string>();
  const queue: unknown[] = [document.paths];
  for (const part of queue) {
    for (const [, name = ''] of JSON.stringify(part ?? {}).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      queue.push(schemas[name]);
    }
  }
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
  return {
    ...document,
    components: { ...document.components, schemas: kept },
  } as ReturnType<TransformObject>;
};

interface OpenapiDocument {
  readonly paths?: unknown;
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> };
}
