/** What forms ask for. Each answers with a redirect, so that reloading the next page does nothing twice. */
import { z } from 'zod';
import type { RunScope } from '../../core/model/run.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { ProblemError } from '../problem.ts';
import { Email, singleLine } from '../schemas.ts';

const ResyncForm = z.object({
  _csrf: z.string(),
  scope: z.enum(['all', 'user', 'group', 'org']),
  name: z.string().max(512).default(''),
});

/** Where the form stood: a page of ours, never another site. */
const Back = z
  .string()
  .regex(/^\/(runs\/[\w:.%-]{1,300})?$/, 'a page of this daemon is expected')
  .default('/');

const PauseForm = z.object({ _csrf: z.string(), all: z.literal('yes').exactOptional(), back: Back });
const ResumeForm = z.object({ _csrf: z.string(), back: Back });

export function addActions(api: Api, deps: ServerDeps): void {
  api.post(
    '/resync',
    { config: { role: 'operator' }, schema: { body: ResyncForm } },
    async (request, reply) => {
      const id = await runNow(deps, request.actor, scopeOf(request.body));
      return reply.redirect(`/runs/${encodeURIComponent(id)}`, 303);
    },
  );
  const { pause, resume } = deps;
  if (pause === undefined || resume === undefined) return;
  api.post(
    '/pause',
    { config: { role: 'operator' }, schema: { body: PauseForm } },
    async (request, reply) => {
      await pause({ by: request.actor, all: request.body.all === 'yes' });
      return reply.redirect(request.body.back, 303);
    },
  );
  api.post(
    '/resume',
    { config: { role: 'operator' }, schema: { body: ResumeForm } },
    async (request, reply) => {
      await resume({ by: request.actor });
      return reply.redirect(request.body.back, 303);
    },
  );
}

/** Id of the run. */
export function runNow(deps: ServerDeps, by: string, scope: RunScope): Promise<string> {
  return deps.requestRun({ kind: 'manual', scope, by, at: Date.now() });
}

function scopeOf({ scope, name }: z.output<typeof ResyncForm>): RunScope {
  if (scope === 'all') return {};
  const schema = scope === 'user' ? Email : singleLine('The group or organization to look at', 512);
  const { success, data, error } = schema.safeParse(name.trim());
  if (success) return { [scope]: data };
  throw new ProblemError(400, `"Which one" does not fit: ${error.issues[0]?.message}.`);
}
