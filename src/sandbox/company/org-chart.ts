/** A company out of an organization chart: people, groups, parents of groups, and who maintains which team. */
import { z } from 'zod';
import { type Company, type CompanyGroup, emptyCompany } from './model.ts';

const OrgChart = z.object({
  users: z.array(z.object({ id: z.string(), email: z.string() })),
  groups: z.array(
    z.object({
      name: z.string(),
      /** `org` groups hold everybody of one organization. */
      kind: z.enum(['org', 'team']),
      members: z.array(z.string()),
      org: z.string().optional(),
      /** Name of the group this one is nested in. */
      parent: z.string().nullish(),
      maintainers: z.array(z.string()).optional(),
    }),
  ),
});
type OrgChart = z.infer<typeof OrgChart>;

/**
 * Every group as it stands, and one more for each organization whose teams have maintainers,
 * `<org group>-maintainers`: the way an IdP states that role. Ids of groups follow their order in the chart.
 *
 * @throws Error when the chart has another shape, or a group names a member or a parent that is not in it.
 */
export function companyFromOrgChart(json: unknown): Company {
  const chart = OrgChart.parse(json);
  const company = emptyCompany();
  for (const { id, email } of chart.users) {
    company.people.set(id, { id, email, firstName: 'Person', lastName: id.slice(1), status: 'active' });
  }
  const byName = new Map<string, CompanyGroup>();
  for (const { name, members } of chart.groups) byName.set(name, addGroup(company, name, members));
  nest(chart, byName);
  for (const [org, maintainers] of maintainersByOrg(chart)) {
    const group = `org-${org}`;
    if (!byName.has(group)) throw new Error(`the chart has no group ${group}`);
    addGroup(company, `${group}-maintainers`, maintainers);
  }
  return company;
}

function addGroup(company: Company, name: string, members: Iterable<string>): CompanyGroup {
  const id = `g${String(company.groups.size + 1).padStart(5, '0')}`;
  const group = { id, name, members: new Set(members), children: new Set<string>() };
  for (const member of group.members) {
    if (!company.people.has(member)) throw new Error(`group ${name} names an unknown person: ${member}`);
  }
  company.groups.set(id, group);
  return group;
}

function nest(chart: OrgChart, byName: ReadonlyMap<string, CompanyGroup>): void {
  for (const { name, parent } of chart.groups) {
    if (parent === null || parent === undefined) continue;
    const outer = byName.get(parent);
    if (outer === undefined) throw new Error(`group ${name} names an unknown parent: ${parent}`);
    outer.children.add((byName.get(name) as CompanyGroup).id);
  }
}

function maintainersByOrg(chart: OrgChart): Map<string, Set<string>> {
  const byOrg = new Map<string, Set<string>>();
  for (const { org, maintainers } of chart.groups) {
    if (org === undefined || maintainers === undefined || maintainers.length === 0) continue;
    byOrg.set(org, new Set([...(byOrg.get(org) ?? []), ...maintainers]));
  }
  return byOrg;
}
