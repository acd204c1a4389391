/** What another configuration would do to the company as it is now. */
import type { ServerResponse } from 'node:http';
import { validatorCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { WhatIfAnswer, WhatIfRequest } from '../../actions/what-if.ts';
import { comparePlans } from '../../core/compare-plans.ts';
import type { Change, Plan } from '../../core/model/change.ts';
import { ConfigError, SourceReadError } from '../../lib/errors.ts';
import { changeJson } from '../../report/json.ts';
import { renderWhatIf } from '../../report/render.ts';
import { byEffect, tally, totals } from '../../report/shelves.ts';
import type { Api } from '../api.ts';
import type { ServerDeps } from '../deps.ts';
import { REPORT_CSP } from '../headers.ts';
import { answer, ProblemError, problems } from '../problem.ts';
import { ChangeData } from '../schemas.ts';
import { asDocumented, textStream } from '../stream.ts';

/** Changes that each list of an answer has. */
const MOST = 1000;
/** Rules of a very large company; reading more as YAML would keep everybody else waiting. */
const BODY_LIMIT = 128 * 1024;
/** Seconds after which a caller who met another what-if may try again. */
const AGAIN_S = 10;

const TYPES = {
  json: 'application/json',
  markdown: 'text/markdown',
  html: 'text/html',
  terminal: 'text/plain',
} as const;

const Query = z.strictObject({
  format: z
    .enum(['json', 'markdown', 'html', 'terminal'])
    .default('json')
    .describe('markdown is cut to what fits in the comment of a pull request'),
  others: z
    .enum(['in-use', 'default'])
    .default('in-use')
    .describe('What a key that is left out means: what is in use, or its default'),
});

const asInFile = (what: string) => z.unknown().optional().describe(what);

/** What the file has under these names; the configuration itself judges the values, and refuses every other key. */
const Body = z
  .looseObject({
    rules: asInFile('Which group gives which role; the whole list'),
    grants: asInFile('Roles of single people'),
    denies: asInFile('People who are never given anything'),
    defaultEnterpriseRole: asInFile('Enterprise role of people whom only org rules reach'),
    policy: asInFile('What may be written, by kind'),
    orgPolicy: asInFile('What may be written in single organizations'),
    foreign: asInFile('What becomes of access that nobody here gave'),
    roles: asInFile('Rank of custom roles, and the one without access'),
    guards: asInFile('Limits of the guards'),
    approvals: asInFile('Who may approve'),
    patience: asInFile('How long absences are waited out'),
    protected: asInFile('People whom no plan may touch'),
    domainAliases: asInFile('Mail domains that mean the same'),
    organizations: asInFile('Organizations that are declared'),
    freeze: asInFile('Windows in which nothing is written'),
    budgets: asInFile('Large days approved ahead'),
  })
  .describe(
    'Keys of the configuration file that decide, with values as they stand there; as JSON, or the same as YAML. Each counts whole; null is its default.',
  );

const State = ChangeData.shape.verdict.shape.state;
const Count = z.int();

const Side = z.object({
  configHash: z.string(),
  changes: z.object({ all: Count, ready: Count, held: Count, waiting: Count, barred: Count }),
  writes: Count.describe('Requests that would be sent to Devin now'),
  etaSeconds: z.number().nullable(),
});

const List = z.object({
  total: Count,
  changes: z
    .array(ChangeData)
    .describe(`The first ${MOST}: what takes access away, then changes of role, then what is given`),
});

const WhatIfData = z.object({
  keys: z.object({
    proposed: z.array(z.string()).describe('Taken from the body'),
    default: z.array(z.string()).describe('At their default'),
    inUse: z.array(z.string()).describe('As in use'),
  }),
  current: Side.describe('The plan of the configuration in use'),
  proposed: Side.describe('The plan of the one in the body'),
  added: List.describe('Changes that only the proposed configuration asks for'),
  dropped: List.describe('Changes that only the one in use asks for'),
  judged: List.extend({
    changes: z.array(ChangeData.extend({ was: State.describe('Its state under the one in use') })),
  }).describe('Changes of both that only one of them keeps back, as the proposed one judges them'),
});

/** How the two are called in a report. */
export const NAMES = {
  currentName: 'the configuration in use',
  proposedName: 'the proposed configuration',
} as const;

/** Where the daemon can do it. */
export function addWhatIf(api: Api, deps: ServerDeps): void {
  const { whatIf } = deps;
  if (whatIf === undefined) return;
  // A scope of its own: no other route takes YAML.
  api.register(async (scope: Api) => {
    // Fastify's own, which would take a file that does not say what it is.
    scope.removeContentTypeParser('text/plain');
    for (const type of ['application/yaml', 'application/x-yaml', 'text/yaml'])
      scope.addContentTypeParser(type, { parseAs: 'string' }, (_request, text, done) => done(null, text));
    addRoute(scope, whatIf);
  });
}

function addRoute(api: Api, whatIf: NonNullable<ServerDeps['whatIf']>): void {
  api.post(
    '/api/v1/what-if',
    {
      config: { role: 'operator' },
      bodyLimit: BODY_LIMIT,
      validatorCompiler: (route) =>
        // Text cannot be judged by a schema, and values are judged where text is.
        route.httpPart === 'body' ? (value) => ({ value }) : validatorCompiler(route as never),
      schema: {
        operationId: 'whatIf',
        summary: 'What another configuration would do',
        description:
          'Reads the directory and Devin now, as a run does, and decides twice on that: under the configuration in use ' +
          'and under the proposed one. Nothing is stored or written. One at a time: another one meanwhile is answered with 429.',
        tags: ['plans'],
        consumes: ['application/json', 'application/yaml'],
        querystring: Query,
        body: Body,
        response: {
          200: {
            description: 'Both plans in numbers, and the difference',
            content: {
              ...answer('', WhatIfData).content,
              [TYPES.markdown]: { schema: z.string() },
              [TYPES.html]: { schema: z.string() },
              [TYPES.terminal]: { schema: z.string() },
            },
          },
          ...problems(400, 401, 403, 409, 413, 415, 429, 502),
        },
      },
    },
    async (request, reply) => {
      const { format, others } = request.query;
      const judged = await judgedOf(whatIf, { config: request.body, others }, reply.raw);
      reply.type(`${TYPES[format]}; charset=utf-8`);
      if (format === 'json') return viewOf(judged);
      if (format === 'html') reply.header('content-security-policy', REPORT_CSP);
      const text = renderWhatIf({ ...judged, ...NAMES }, format, { colour: false, width: 100 });
      return reply.send(asDocumented(textStream(text)) as never);
    },
  );
}

export type Judged = Extract<WhatIfAnswer, { readonly state: 'judged' }>;

/**
 * Ends between two steps when the caller is gone.
 * @throws ProblemError 400 what is no configuration, 409 what does not fit, 429 another one meanwhile, 502 a side is not read.
 */
export async function judgedOf(
  whatIf: NonNullable<ServerDeps['whatIf']>,
  request: WhatIfRequest,
  caller: ServerResponse,
): Promise<Judged> {
  const gone = new AbortController();
  caller.once('close', () => gone.abort());
  const given = await whatIf(request, gone.signal).catch(refuse);
  if (given.state === 'judged') return given;
  if (given.state === 'refused') throw notValid(given.problems);
  throw new ProblemError(429, 'Another what-if is under way; there is one at a time. Try again soon.', {
    headers: { 'retry-after': String(AGAIN_S) },
  });
}

function refuse(error: unknown): never {
  if (error instanceof ConfigError) throw new ProblemError(409, error.message);
  if (error instanceof SourceReadError) throw new ProblemError(502, error.message);
  throw error;
}

/** Problems that one answer names. */
const MOST_PROBLEMS = 50;

function notValid(found: Extract<WhatIfAnswer, { readonly state: 'refused' }>['problems']): ProblemError {
  const errors = found.slice(0, MOST_PROBLEMS).map(({ path, message }) => ({
    in: 'body',
    pointer: path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
    detail: message,
  }));
  const more = found.length > errors.length ? `; and ${found.length - errors.length} more` : '';
  const detail = `${errors.map((one) => one.detail).join('; ')}${more}`;
  return new ProblemError(400, `The configuration is not valid: ${detail}.`, { extra: { errors } });
}

function viewOf({ keys, current, proposed }: Judged): z.output<typeof WhatIfData> {
  const { added, dropped, judged } = comparePlans(current, proposed);
  const before = new Map(current.changes.map(({ key, verdict }) => [key, verdict.state]));
  const shown = (changes: readonly Change[]) =>
    changes.toSorted(byEffect).slice(0, MOST).map(changeJson) as z.output<typeof ChangeData>[];
  const list = (changes: readonly Change[]) => ({ total: changes.length, changes: shown(changes) });
  const was = (key: string) => before.get(key) as z.output<typeof State>;
  return {
    keys: { proposed: [...keys.proposed], default: [...keys.default], inUse: [...keys.inUse] },
    current: sideOf(current),
    proposed: sideOf(proposed),
    added: list(added),
    dropped: list(dropped),
    judged: {
      total: judged.length,
      changes: shown(judged).map((change) => ({ ...change, was: was(change.key) })),
    },
  };
}

function sideOf({ configHash, changes, operations, budget }: Plan): z.output<typeof Side> {
  const { all, ready, held, waiting, barred } = totals(tally(changes));
  return {
    configHash,
    changes: { all, ready, held, waiting, barred },
    writes: operations.length,
    etaSeconds: budget.etaSeconds,
  };
}
