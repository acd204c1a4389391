/**
 * The SCIM 2.0 endpoint of the daemon (RFC 7643, 7644, 9865): an identity provider pushes people and groups to
 * /scim/v2/<source>. It asks for the token of that source and for none of the API.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { providerConfig, resourceTypes, schemas, wholeList } from '../../lib/scim/discovery.ts';
import { bad, ScimFault } from '../../lib/scim/fault.ts';
import { parseJson } from '../../lib/scim/json.ts';
import { MODELS } from '../../lib/scim/model.ts';
import type { ScimDeps, ScimObject, ScimType } from '../../lib/scim/store.ts';
import { BOTH } from './candidates.ts';
import { listResources } from './listing.ts';
import { listQuery, searchQuery } from './query.ts';
import { answerScim, answerScimError } from './reply.ts';
import { addResources } from './resources.ts';
import { PREFIX, roomOf, sourceOf } from './room.ts';

/** A group of some 30,000 members in one request. */
const LARGEST = 2 * 1024 * 1024;

const REALM = 'Bearer realm="SCIM"';
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const ANY = [...METHODS, 'OPTIONS'] as const;

export function addScim(app: FastifyInstance, deps: ScimDeps): void {
  app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.bodyLimit = LARGEST;
      // The endpoint is described by itself, at /Schemas; it is no part of the OpenAPI document.
      route.schema = { ...route.schema, hide: true };
      // The onRequest hook below asks for the token of the source.
      route.config = { ...route.config, open: true };
    });
    scope.setErrorHandler(answerScimError);
    addParser(scope);
    addGate(scope, deps);
    for (const model of BOTH) addResources(scope, deps, model);
    addRoot(scope, deps);
    addDiscovery(scope, deps);
    addRefusals(scope);
  });
  app.register(async (scope) => {
    scope.setErrorHandler(answerScimError);
    addParser(scope);
    const about = { config: { open: true }, schema: { hide: true }, exposeHeadRoute: false };
    scope.route({ method: [...ANY], url: '/scim/*', ...about, handler: notTwo });
  });
}

/** Base URLs are typed with a slash at the end, behind which clients put another one: `…/okta//Users/`. */
export function tidyScim(url: string): string {
  if (!url.startsWith('/scim/')) return url;
  const at = url.indexOf('?');
  const path = at === -1 ? url : url.slice(0, at);
  const parts = path.split('/').filter((part) => part !== '');
  return `/${parts.join('/')}${at === -1 ? '' : url.slice(at)}`;
}

/** JSON of both names; anything else is 415. Fastify's own parser knows only one, and its words for faults are not SCIM's. */
function addParser(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser<string>(
    ['application/scim+json', 'application/json'],
    { parseAs: 'string' },
    (_request, text, done) => {
      try {
        done(null, parseJson(text));
      } catch (fault) {
        done(fault as ScimFault);
      }
    },
  );
}

function addGate(scope: FastifyInstance, deps: ScimDeps): void {
  scope.addHook('onRequest', async (request) => {
    const source = sourceOf(request);
    const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (bearer === undefined || !(await deps.allows(source, bearer))) {
      const challenge = bearer === undefined ? REALM : `${REALM}, error="invalid_token"`;
      throw new ScimFault(401, null, 'Send "Authorization: Bearer" and a token of this source.', {
        'www-authenticate': challenge,
      });
    }
    const wait = deps.busy(source);
    if (wait !== null)
      throw new ScimFault(429, null, `Too many requests; come again in ${wait} s.`, {
        'retry-after': String(wait),
      });
  });
  scope.addHook('onResponse', async (request, reply) => {
    deps.answered(sourceOf(request), typeOf(request), request.method, reply.statusCode);
  });
}

function typeOf(request: FastifyRequest): ScimType | 'other' {
  const { url } = request.routeOptions;
  return BOTH.find(({ endpoint }) => url?.startsWith(`${PREFIX}${endpoint}`))?.type ?? 'other';
}

/** Users and Groups together (RFC 7644 sections 3.4.2.1 and 3.4.3). */
function addRoot(scope: FastifyInstance, deps: ScimDeps): void {
  scope.get(PREFIX, async (request, reply) =>
    answerScim(reply, 200, await listResources(roomOf(request, deps), BOTH, listQuery(request.query))),
  );
  scope.post(`${PREFIX}/.search`, async (request, reply) =>
    answerScim(reply, 200, await listResources(roomOf(request, deps), BOTH, searchQuery(request.body))),
  );
}

function addDiscovery(scope: FastifyInstance, deps: ScimDeps): void {
  scope.get(`${PREFIX}/ServiceProviderConfig`, async (request, reply) =>
    answerScim(reply, 200, providerConfig(roomOf(request, deps).base)),
  );
  addCollection(scope, deps, 'ResourceTypes', resourceTypes);
  addCollection(scope, deps, 'Schemas', schemas);
}

function addCollection(
  scope: FastifyInstance,
  deps: ScimDeps,
  name: string,
  listed: (base: string) => readonly ScimObject[],
): void {
  scope.get(`${PREFIX}/${name}`, async (request, reply) => {
    if ((request.query as { readonly filter?: unknown }).filter !== undefined)
      throw new ScimFault(403, null, `${name} are not filtered (RFC 7644 section 4).`);
    return answerScim(reply, 200, wholeList(listed(roomOf(request, deps).base)));
  });
  scope.get(`${PREFIX}/${name}/:id`, async (request, reply) => {
    const { id } = request.params as { readonly id: string };
    const found = listed(roomOf(request, deps).base).find(
      (each) => String(each.id).toLowerCase() === id.toLowerCase(),
    );
    if (found === undefined) throw new ScimFault(404, null, `There is no ${id} among ${name}.`);
    return answerScim(reply, 200, found);
  });
}

/** Methods that an address does not have, what is not built, and addresses that are none. */
function addRefusals(scope: FastifyInstance): void {
  for (const name of ['Bulk', 'Me'])
    scope.route({ method: [...ANY], url: `${PREFIX}/${name}`, handler: () => notBuilt(name) });
  const allowed: [string, readonly string[]][] = [
    ...Object.values(MODELS).flatMap(({ endpoint }): [string, readonly string[]][] => [
      [endpoint, ['GET', 'POST']],
      [`${endpoint}/:id`, ['GET', 'PUT', 'PATCH', 'DELETE']],
      [`${endpoint}/.search`, ['POST']],
    ]),
    ['', ['GET']],
    ['/.search', ['POST']],
    ...['/ServiceProviderConfig', '/ResourceTypes', '/ResourceTypes/:id', '/Schemas', '/Schemas/:id'].map(
      (url): [string, readonly string[]] => [url, ['GET']],
    ),
  ];
  for (const [url, methods] of allowed) {
    const others = METHODS.filter((method) => !methods.includes(method));
    scope.route({
      method: others,
      url: `${PREFIX}${url}`,
      exposeHeadRoute: false,
      handler: () => notAllowed(methods),
    });
    scope.options(`${PREFIX}${url}`, async (_request, reply) =>
      reply.code(204).header('allow', methods.join(', ')).send(),
    );
  }
  scope.route({ method: [...ANY], url: `${PREFIX}/*`, handler: noSuchAddress });
}

function notBuilt(name: string): never {
  throw new ScimFault(501, null, `/${name} is not supported, as /ServiceProviderConfig says.`);
}

function notAllowed(methods: readonly string[]): never {
  const allow = methods.join(', ');
  throw new ScimFault(405, null, `This address takes ${allow}.`, { allow });
}

/** RFC 7644 section 3.13. */
function notTwo(request: FastifyRequest): never {
  const path = request.url.split('?', 1)[0] ?? '';
  if (/^\/scim\/v2(?:\/|$)/.test(path)) throw new ScimFault(404, null, 'Sources are at /scim/v2/<name>.');
  throw bad('invalidVers', 'SCIM is spoken here in version 2: /scim/v2/<name>.');
}

function noSuchAddress(request: FastifyRequest, _reply: FastifyReply): never {
  throw new ScimFault(404, null, `There is no ${request.url.split('?', 1)[0]} here.`);
}
