/** The review pages: server-rendered, usable without script, behind a login. */
import cookie from '@fastify/cookie';
import csrf from '@fastify/csrf-protection';
import formbody from '@fastify/formbody';
import rateLimit from '@fastify/rate-limit';
import session from '@fastify/session';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { streamRun } from '../routes/run-events.ts';
import type { SessionKeeper } from '../sessions.ts';
import { addActions } from './actions.ts';
import { addAssets } from './assets.ts';
import { addConfigurationPage } from './configuration.ts';
import { addDecide } from './decide.ts';
import { answerWithPage } from './failure.ts';
import { addLogin } from './login.ts';
import { addProviderLogin } from './oidc.ts';
import { addOverview } from './overview.ts';
import { addPersonPage } from './person.ts';
import { addPlacePages } from './places.ts';
import { addPlanPages } from './plan.ts';
import { addReportPages } from './report.ts';
import { addRollbackPage } from './rollback.ts';
import { addRunPages } from './run.ts';
import { requireLogin, sessionOptions } from './session.ts';
import { addWhatIfPage } from './what-if.ts';

/** Does nothing where the daemon has no place for sessions. */
export function addPages(app: FastifyInstance, deps: ServerDeps): void {
  const { sessions } = deps;
  if (sessions === undefined) return;
  app.register(async (scope) => {
    // The login of a page stands in for the token of the API, and the document of the API is about the API.
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, open: true };
      route.schema = { ...route.schema, hide: true };
    });
    await guard(scope, deps, sessions);
    scope.setErrorHandler(answerWithPage);
    addRoutes(scope.withTypeProvider<ZodTypeProvider>(), deps);
  });
}

async function guard(scope: FastifyInstance, deps: ServerDeps, sessions: SessionKeeper): Promise<void> {
  await scope.register(formbody, { bodyLimit: 256 * 1024 });
  await scope.register(cookie);
  await scope.register(session, sessionOptions(sessions, deps.secureCookies === true));
  await scope.register(csrf, {
    sessionPlugin: '@fastify/session',
    // From the form only: a header would let a script of another page try.
    getToken: (request) => {
      const sent = (request.body as { readonly _csrf?: unknown } | undefined)?._csrf;
      return typeof sent === 'string' ? sent : undefined;
    },
  });
  await scope.register(rateLimit, { global: false });
  scope.addHook('onRequest', requireLogin(deps));
  // Before the form is even looked at, and for every form: none can forget it.
  scope.addHook('preValidation', (request, reply, done) => {
    if (request.method === 'GET' || request.method === 'HEAD') done();
    else scope.csrfProtection(request, reply, done);
  });
}

function addRoutes(api: Api, deps: ServerDeps): void {
  addAssets(api);
  addLogin(api, deps);
  addProviderLogin(api, deps);
  addOverview(api, deps);
  addActions(api, deps);
  addPlanPages(api, deps);
  addDecide(api, deps);
  addReportPages(api, deps);
  addRunPages(api, deps);
  addRollbackPage(api, deps);
  streamRun(api, deps, '/runs/:id/events');
  addPersonPage(api, deps);
  addPlacePages(api, deps);
  addConfigurationPage(api, deps);
  addWhatIfPage(api, deps);
}
