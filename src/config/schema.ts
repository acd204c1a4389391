/** The whole configuration file. Keys are strict everywhere: an unknown one is an error, never ignored. */
import { z } from 'zod';
import { budgetSchema, freezeSchema } from './calendar-schema.ts';
import { directorySchema } from './directory-schema.ts';
import { deniesSchema, grantsSchema } from './grant-schema.ts';
import { approvalsSchema, guardSchema, patienceSchema } from './guard-schema.ts';
import {
  domainAliasSchema,
  foreignSchema,
  organizationSchema,
  orgPolicySchema,
  policySchema,
  protectedSchema,
} from './policy-schema.ts';
import {
  devinOptions,
  hooksOption,
  notifyOptions,
  oidcOption,
  publicUrlOption,
  redisOptions,
  tokensOption,
} from './rooms.ts';
import { ruleSchema } from './rule-schema.ts';
import { durationValue, listenValue, nameValue, shareValue } from './values.ts';

const rolesSchema = z
  .strictObject({
    rank: z
      .array(nameValue)
      .default([])
      .describe(
        'Custom roles by name or id, from weakest to strongest. A custom role that is not ranked counts as admin.',
      )
      .meta({ examples: [['Viewer', 'Member']] }),
    suspended: nameValue
      .optional()
      .describe(
        'A custom role without access, for suspended and vanished people. Without one they lose their org roles and the rest is reported.',
      )
      .meta({ examples: ['No Access'] }),
  })
  .prefault({})
  .describe('What the daemon has to know about custom roles.');

const scheduleSchema = z
  .strictObject({
    interval: durationValue.prefault('15m').describe('From the start of one scheduled run to the next.'),
    jitter: shareValue
      .prefault('10%')
      .describe('Share of the interval by which each start is moved at random.'),
  })
  .prefault({})
  .describe('When the daemon reads and plans by itself.');

const limitsSchema = z
  .strictObject({
    devin: z
      .strictObject({
        maxPerSecond: z
          .number()
          .gt(0)
          .max(1000)
          .default(4)
          .describe('Calls to Devin in any second, reads and writes, over all replicas.'),
        share: shareValue
          .refine((share) => share > 0, { error: 'must be more than 0%' })
          .prefault('100%')
          .describe('Share of maxPerSecond that this daemon uses, where others use the same limit.'),
      })
      .prefault({})
      .describe('Pace towards Devin.'),
    shutdown: durationValue
      .refine((ms) => ms >= 1000 && ms <= 60_000, { error: 'must be from 1s to 60s' })
      .prefault('8s')
      .describe(
        'Time that calls, writes and a run in hand get once the daemon is told to end; what is left then is taken up by the next start. ' +
          'The process ends within 2 seconds more.',
      ),
  })
  .prefault({})
  .describe('How fast other systems are called, and how fast the daemon ends.');

const serverSchema = z
  .strictObject({
    listen: listenValue.prefault('127.0.0.1:8080').describe('Address and port of the HTTP server.'),
    token: z
      .string()
      .min(16, { error: 'must have at least 16 characters' })
      .optional()
      .describe(
        'Bearer token of the API, with the role approver. Needed, unless tokens has one, where the server listens on more than this machine.',
      ),
    tokens: tokensOption,
    publicUrl: publicUrlOption,
    oidc: oidcOption(durationValue.prefault('8h')),
    hooks: hooksOption,
  })
  .prefault({})
  .describe('The HTTP server of the daemon.');

const logSchema = z
  .strictObject({
    level: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
      .default('info')
      .describe('Least severe line that is written.'),
  })
  .prefault({})
  .describe('The log, one JSON object a line.');

export const configSchema = z.strictObject({
  directory: directorySchema,
  devin: devinOptions.describe('The Devin enterprise that is kept equal to the directory.'),
  policy: policySchema,
  orgPolicy: orgPolicySchema,
  rules: z
    .array(ruleSchema)
    .describe(
      'Which group gives which role. Each rule names its groups by exactly one of group, groupId, pattern.',
    ),
  grants: grantsSchema,
  denies: deniesSchema,
  grantsFile: nameValue
    .optional()
    .describe(
      'File with more grants and denies, read at the start of each run; a relative path starts at this file. Both keys, grants and denies, must stand in it.',
    )
    .meta({ examples: ['grants.yaml'] }),
  defaultEnterpriseRole: nameValue
    .default('Member')
    .describe('Name or id of the enterprise role of people whom only org rules reach.'),
  roles: rolesSchema,
  organizations: z
    .array(organizationSchema)
    .default([])
    .describe('Organizations that may be created when they are missing.'),
  foreign: foreignSchema,
  protected: protectedSchema,
  domainAliases: domainAliasSchema,
  guards: guardSchema,
  approvals: approvalsSchema,
  patience: patienceSchema,
  freeze: freezeSchema,
  budgets: budgetSchema,
  schedule: scheduleSchema,
  limits: limitsSchema,
  stateDir: nameValue
    .default('.devin-idp-sync')
    .describe('Folder of what the daemon keeps on disk; a relative path starts at this file.'),
  journal: z
    .strictObject({
      folder: nameValue
        .optional()
        .describe(
          'Folder of the journal on disk, as hash-chained JSON Lines; a relative path starts at this file. Default: journal in stateDir.',
        )
        .meta({ examples: ['/var/lib/devin-idp-sync/journal'] }),
      maxFileMegabytes: z
        .int()
        .min(1)
        .max(10_000)
        .default(64)
        .describe('A new file begins each day, and once one is as large.'),
    })
    .prefault({})
    .describe(
      'The copy of the journal outside of Redis: what rebuilds the ledger, and what an auditor is given.',
    ),
  redis: redisOptions.prefault({}).describe('Where state and queues live.'),
  server: serverSchema,
  notify: notifyOptions.prefault({}),
  log: logSchema,
});

export type ConfigValues = z.output<typeof configSchema>;
