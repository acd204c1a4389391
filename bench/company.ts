/** The same shape as a company that the fakes serve. */
import { type Company, emptyCompany } from '../src/sandbox/company.ts';
import type { Shape } from './shape.ts';
import { emailOf, groupName, personId } from './tenant.ts';

export function companyOf(shape: Shape): Company {
  const company = emptyCompany();
  for (let person = 0; person < shape.people; person++) {
    const id = personId(person);
    company.people.set(id, {
      id,
      email: emailOf(person),
      firstName: 'Person',
      lastName: `Number ${person}`,
      status: 'active',
    });
  }
  for (let group = 0; group < shape.groups; group++) {
    const id = `00g${group.toString(36).padStart(17, '0')}`;
    const members = shape.members.subarray(shape.offsets[group], shape.offsets[group + 1]);
    company.groups.set(id, {
      id,
      name: groupName(shape, group),
      members: new Set(Array.from(members, personId)),
      children: new Set(),
    });
  }
  return company;
}
