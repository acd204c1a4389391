/** An explanation as one JSON document, with its keys in a fixed order. */
import type { DevinUser } from '../core/model/devin.ts';
import type { PersonRecord } from '../core/model/directory.ts';
import type { Explanation, GroupPath, HeldRole, PlaceAccess, RuleTrial } from '../core/model/explanation.ts';
import { explanationVerdict } from './explain.ts';
import { historyJson } from './history.ts';
import { changeJson, type Every, namedJson, noticeJson, residualJson } from './json.ts';
import { jsonText } from './json-text.ts';

export const EXPLANATION_VERSION = 1;

/** @param more keys about the document itself, such as which part of it this is. */
export function* renderExplanationJson(
  explanation: Explanation,
  more: Readonly<Record<string, unknown>> = {},
): Generator<string> {
  const { word, sentence } = explanationVerdict(explanation);
  const { tenants, person } = explanation;
  const document: Every<Explanation> & { version: number; verdict: string } = {
    version: EXPLANATION_VERSION,
    verdict: `${word}. ${sentence}`,
    email: explanation.email,
    createdAt: new Date(explanation.createdAt).toISOString(),
    tenants: { directory: tenants.directory, devin: tenants.devin },
    person: person === null ? null : personJson(person),
    users: explanation.users.map(userJson),
    groups: explanation.groups.map(groupJson),
    rules: explanation.rules.map(ruleJson),
    places: explanation.places.map(placeJson),
    changes: explanation.changes.map(changeJson),
    residual: explanation.residual.map(residualJson),
    notices: explanation.notices.map(noticeJson),
    configFile: explanation.configFile,
    writes: explanation.writes.map(historyJson),
  };
  yield `${jsonText({ ...document, ...more })}\n`;
}

function personJson({ id, email, name, status }: PersonRecord): Every<Omit<PersonRecord, 'abstains'>> {
  return { id, email, name, status };
}

function userJson({ id, email, name }: DevinUser): Every<DevinUser> {
  return { id, email, name };
}

function groupJson({ path, groupId }: GroupPath): Every<GroupPath> {
  return { path, groupId };
}

function ruleJson(trial: RuleTrial): Every<RuleTrial> {
  const { rule, line, via, org, role, priority, outcome, why } = trial;
  return { rule, line, via, org, role, priority, outcome, why };
}

function placeJson({ org, wanted, held }: PlaceAccess): Every<PlaceAccess> {
  return {
    org: namedJson(org),
    wanted: wanted && {
      role: wanted.role,
      rule: wanted.rule,
      ...(wanted.granted === true ? { granted: true } : {}),
    },
    held: held.map(heldJson),
  };
}

function heldJson({ role, group, ownership }: HeldRole): Every<HeldRole> {
  return { role, group, ownership };
}
