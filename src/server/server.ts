import { randomUUID } from 'node:crypto';
import fastify, { type FastifyInstance } from 'fastify';
import { serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Api } from './api.ts';
import { requireToken } from './auth.ts';
import { closeSoon } from './closing.ts';
import type { ServerDeps } from './deps.ts';
import { addDocument } from './document.ts';
import { addSecurityHeaders } from './headers.ts';
import { addPages } from './pages/pages.ts';
import { answerBrokenRequest, answerError, answerUnknownPath } from './problem.ts';
import { addDeadLetters } from './routes/dead-letters.ts';
import { addDecisions } from './routes/decide.ts';
import { addGroupPeople } from './routes/group-people.ts';
import { addHealthz } from './routes/healthz.ts';
import { addHistory } from './routes/history.ts';
import { addHooks } from './routes/hooks.ts';
import { addJournal } from './routes/journal.ts';
import { addMetrics } from './routes/metrics.ts';
import { addOpenapi } from './routes/openapi.ts';
import { addOrgPeople } from './routes/org-people.ts';
import { addPause } from './routes/pause.ts';
import { addPerson } from './routes/person.ts';
import { addPlaces } from './routes/places.ts';
import { addPlan } from './routes/plan.ts';
import { addPlanChanges } from './routes/plan-changes.ts';
import { addPlans } from './routes/plans.ts';
import { addReadyz } from './routes/readyz.ts';
import { addResync } from './routes/resync.ts';
import { addRollback } from './routes/rollback.ts';
import { addRun } from './routes/run.ts';
import { addRunEvents } from './routes/run-events.ts';
import { addRuns } from './routes/runs.ts';
import { addStatus } from './routes/status.ts';
import { addWhatIf } from './routes/what-if.ts';
import { answerScimError } from './scim/reply.ts';
import { addScim, tidyScim } from './scim/scim.ts';

/** The HTTP API and the review pages, ready to listen; the caller listens, and closes it before what the deps stand on. */
export function buildServer(deps: ServerDeps): FastifyInstance {
  const app = makeApp(deps);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerError);
  app.setNotFoundHandler(answerUnknownPath);
  closeSoon(app, deps.closeWithinMs ?? 5_000);
  addSecurityHeaders(app);
  requireToken(app, deps.tokens);
  addDocument(app, deps.version);
  // A plugin, because the document sees only routes that are registered once it has loaded.
  app.register(async (scope) => addRoutes(scope.withTypeProvider<ZodTypeProvider>(), deps));
  if (deps.scim !== undefined) addScim(app, deps.scim);
  addPages(app, deps);
  return app;
}

function makeApp(deps: ServerDeps): FastifyInstance {
  return fastify({
    ...(deps.log === undefined ? { logger: false } : { loggerInstance: deps.log }),
    bodyLimit: 16 * 1024,
    requestTimeout: 30_000,
    genReqId: () => randomUUID(),
    childLoggerFactory: (logger, bindings, options, { headers }) =>
      logger.child({ ...bindings, ...traceOf(headers.traceparent) }, options ?? {}),
    // TLS ends at one proxy in front: its word counts for scheme and address, nobody else's.
    trustProxy: (_address, hop) => deps.secureCookies === true && hop === 0,
    routerOptions: { maxParamLength: 300 },
    rewriteUrl: ({ url = '/' }) => tidyScim(url),
    // An address that cannot be read belongs to no route, and so to no error handler of one.
    frameworkErrors: (error, request, reply) =>
      (request.url.startsWith('/scim/') ? answerScimError : answerError)(error, request, reply),
    clientErrorHandler: answerBrokenRequest,
    // Fastify's own answer while closing is no problem document; idle connections are closed either way.
    return503OnClosing: false,
  });
}

/** The trace that a caller says it belongs to (W3C Trace Context), so that its spans and our log lines meet. */
function traceOf(header: string | string[] | undefined): { readonly traceId?: string } {
  const traceId = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/.exec(String(header))?.[1];
  return traceId === undefined ? {} : { traceId };
}

function addRoutes(api: Api, deps: ServerDeps): void {
  addHealthz(api);
  addReadyz(api, deps);
  addMetrics(api, deps);
  addStatus(api, deps);
  addResync(api, deps);
  addRuns(api, deps);
  addRun(api, deps);
  addRollback(api, deps);
  addHistory(api, deps);
  addRunEvents(api, deps);
  addPlans(api, deps);
  addPlan(api, deps);
  addPlanChanges(api, deps);
  addDeadLetters(api, deps);
  addDecisions(api, deps);
  addPause(api, deps);
  addWhatIf(api, deps);
  addPerson(api, deps);
  addPlaces(api, deps);
  addGroupPeople(api, deps);
  addOrgPeople(api, deps);
  addJournal(api, deps);
  addHooks(api, deps);
  addOpenapi(api);
}
