/**
 * A configuration that somebody sends to see what it would do: only the keys that decide. Nothing outside of it is read
 * for it, no file, no host and no variable of the environment, whatever it says.
 */
import type { Settings } from '../core/model/settings.ts';
import type { Config } from './config.ts';
import { crossChecks } from './cross-checks.ts';
import { fingerprint } from './fingerprint.ts';
import { isMap, type KeyPath, pathText, valueAt } from './key-path.ts';
import { nearest } from './nearest.ts';
import type { Problem } from './problem.ts';
import { problemsOf } from './problems.ts';
import { configSchema } from './schema.ts';
import { settingsOf } from './settings.ts';
import { readSource, type SourceText } from './source-text.ts';

/** Every part of the settings is a key of the file under the same name. */
const DECIDING: Readonly<Record<keyof Settings, true>> = {
  rules: true,
  grants: true,
  denies: true,
  defaultEnterpriseRole: true,
  policy: true,
  orgPolicy: true,
  foreign: true,
  roles: true,
  guards: true,
  approvals: true,
  patience: true,
  protected: true,
  domainAliases: true,
  organizations: true,
  freeze: true,
  budgets: true,
};

type DecidingKey = keyof typeof DECIDING;

/** The keys that may be proposed. */
export const DECIDING_KEYS = Object.keys(DECIDING) as readonly DecidingKey[];

const schema = configSchema.pick(DECIDING).partial({ rules: true });

export interface ProposalAsked {
  /** YAML text, or values as JSON has them. */
  readonly config: unknown;
  /** What a key that is left out means: what is in use, or its default. One that is empty is its default. */
  readonly others: 'in-use' | 'default';
}

export interface Proposal {
  readonly settings: Settings;
  readonly configHash: string;
  /** Which keys were taken from where. */
  readonly keys: Readonly<Record<'proposed' | 'default' | 'inUse', readonly string[]>>;
}

/** One thing wrong with a proposal. */
export interface ProposalProblem {
  readonly path: KeyPath;
  /** With the key in front, and in YAML its line. */
  readonly message: string;
}

export type ProposalAnswer =
  | { readonly proposal: Proposal }
  | { readonly problems: readonly ProposalProblem[] };

export function proposalOf({ config, others }: ProposalAsked, inUse: Config): ProposalAnswer {
  const source = sourceOf(config);
  const worded = (problems: readonly Problem[]) => ({
    problems: problems.map((one) => inWords(source, one)),
  });
  if (source.problems.length > 0)
    return worded(source.problems.map(({ message }) => ({ path: [], message })));
  const { value } = source;
  if (!isMap(value)) return worded([{ path: [], message: `must be a map of keys: ${LIST}` }]);
  const early = [...notTaken(value), ...references(value)];
  if (early.length > 0) return worded(early);
  const given = Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null));
  if (given.rules === undefined && (others === 'default' || Object.hasOwn(value, 'rules')))
    return worded([{ path: ['rules'], message: 'missing; it must be a list' }]);
  const result = schema.safeParse(given);
  const show = (path: KeyPath) => shown(given, path);
  const issues = result.success ? [] : problemsOf(result.error.issues, given, show);
  const later = [...issues, ...crossChecks(whole(value, given, others, inUse))];
  if (!result.success || later.length > 0) return worded(later);
  const own = settingsOf({ ...result.data, rules: result.data.rules ?? [] });
  const from = (key: DecidingKey) => {
    if (Object.hasOwn(given, key)) return 'proposed';
    return others === 'in-use' && !Object.hasOwn(value, key) ? 'inUse' : 'default';
  };
  const settings = Object.fromEntries(
    DECIDING_KEYS.map((key) => [key, (from(key) === 'inUse' ? inUse.settings : own)[key]]),
  ) as unknown as Settings;
  return {
    proposal: {
      settings,
      configHash: fingerprint(settings, inUse.directory, inUse.devin),
      keys: { proposed: [], default: [], inUse: [], ...Object.groupBy(DECIDING_KEYS, from) },
    },
  };
}

/** JSON has no lines that a person would look for. */
type Source = Pick<SourceText, 'value' | 'problems'> & Partial<Pick<SourceText, 'placeOf'>>;

function sourceOf(config: unknown): Source {
  return typeof config === 'string' ? readSource(config) : { value: config, problems: [] };
}

function inWords({ placeOf }: Source, { path, message }: Problem): ProposalProblem {
  const key = pathText(path);
  const line = placeOf === undefined || key === '' ? '' : `line ${placeOf(path).line}: `;
  return { path, message: `${line}${key === '' ? '' : `${key}: `}${message}` };
}

const LIST = DECIDING_KEYS.join(', ');

function notTaken(root: Readonly<Record<string, unknown>>): Problem[] {
  return Object.keys(root).flatMap((key) => {
    if (Object.hasOwn(DECIDING, key)) return [];
    if (Object.hasOwn(configSchema.shape, key)) {
      const message = `is not taken here: it says where and how the daemon works, and a what-if only decides; leave it out (taken are ${LIST})`;
      return [{ path: [key], message }];
    }
    const meant = nearest(key, DECIDING_KEYS);
    return [
      {
        path: [key],
        message: `not a known key; ${meant === undefined ? `use one of ${LIST}` : `did you mean ${meant}?`}`,
      },
    ];
  });
}

/** The schema is far less deep; what is deeper would only exhaust whoever walks it. */
const DEEPEST = 12;
const TOO_DEEP = `is nested deeper than ${DEEPEST} levels`;

/** What a file fills in from the environment would show a caller the environment of the daemon. */
function references(root: unknown): Problem[] {
  const problems: Problem[] = [];
  const visit = (value: unknown, path: KeyPath): void => {
    if (typeof value === 'string' && value.includes('${'))
      problems.push({
        path,
        message: 'refers to a variable, and nothing is filled in here: write the value itself',
      });
    if (typeof value !== 'object' || value === null) return;
    if (path.length === DEEPEST) problems.push({ path, message: TOO_DEEP });
    else
      for (const [key, item] of Object.entries(value))
        visit(item, [...path, Array.isArray(value) ? Number(key) : key]);
  };
  visit(root, []);
  return problems;
}

/** Characters of a value that a problem repeats. */
const LONGEST = 120;

function shown(root: unknown, path: KeyPath): string {
  const value = valueAt(root, path);
  if (Array.isArray(value)) return 'a list';
  return isMap(value) ? 'a map' : (JSON.stringify(value) ?? 'nothing').slice(0, LONGEST);
}

/** What checks between keys look at: grants in use count where they stay in use. */
function whole(
  value: Readonly<Record<string, unknown>>,
  given: Readonly<Record<string, unknown>>,
  others: ProposalAsked['others'],
  { grantsFile, settings: { grants } }: Config,
): unknown {
  const kept = others === 'in-use' && !Object.hasOwn(value, 'grants') ? { grants } : {};
  return { ...given, ...kept, ...(grantsFile === null ? {} : { grantsFile }) };
}
