/** A dump as a configuration file: the file in use, with rules and grants in place of its own, and nothing written by it. */
import { readFileSync } from 'node:fs';
import { type Document, isScalar, parseDocument } from 'yaml';
import type { Grant } from '../core/model/grants.ts';
import type { Rule } from '../core/model/settings.ts';
import { isSecret, secretsIn } from './secrets.ts';

export interface DumpText {
  readonly text: string;
  /** Environment variables that stand for secrets which were in the file itself. */
  readonly variables: readonly string[];
}

const HEAD = ` Written by "devin-idp-sync dump" from what Devin holds. It looks and writes nothing: raise the policy when you
 have read its first plan. Grants stand for roles that no group explains; go through them one by one.`;

export function dumpText(
  file: string,
  { rules, grants }: { rules: readonly Rule[]; grants: readonly Grant[] },
): DumpText {
  const document = parseDocument(readFileSync(file, 'utf8'));
  const variables = withoutSecrets(document);
  for (const key of ['denies', 'grantsFile', 'orgPolicy', 'foreign']) document.delete(key);
  document.set('policy', 'observe');
  document.set('rules', lines(document, rules.map(ruleEntry)));
  document.set('grants', lines(document, grants.map(grantEntry)));
  document.commentBefore = HEAD;
  return { text: document.toString({ lineWidth: 0 }), variables };
}

/** One entry a line, so that a list of hundreds can be read and compared. */
function lines(document: Document, entries: readonly object[]): unknown {
  const list = document.createNode(entries) as { items: { flow?: boolean }[] };
  for (const item of list.items) item.flow = true;
  return list;
}

function ruleEntry({ name, match, via, org, role, allowAdmin }: Rule): object {
  return {
    ...(match.by === 'id' ? { groupId: match.id } : { group: (match as { name: string }).name }),
    ...(org === null ? {} : { org }),
    role,
    ...(via === 'group' ? { via, name } : {}),
    ...(allowAdmin ? { allowAdmin } : {}),
  };
}

function grantEntry({ email, org, role, reason, owner, allowAdmin }: Grant): object {
  return {
    email,
    ...(org === null ? {} : { org }),
    role,
    reason,
    owner,
    ...(allowAdmin ? { allowAdmin } : {}),
  };
}

/** A secret that stands in the file itself becomes a variable; `${NAME}` and `xyzFile` stay what they are. */
function withoutSecrets(document: Document): string[] {
  const variables: string[] = [];
  for (const path of secretsIn(document.toJS())) {
    const node = document.getIn(path, true);
    if (!isSecret(path) || !isScalar(node) || String(node.value).includes('${')) continue;
    const name = path
      .slice(-2)
      .join('_')
      .replace(/([a-z])([A-Z])/g, '$1_$2')
      .toUpperCase();
    document.setIn(path, `\${${name}}`);
    variables.push(name);
  }
  return variables;
}
