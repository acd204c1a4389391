/** The company that the fakes serve: its shape, its changes, and where companies come from. */
export {
  type CompanyChange,
  CompanyDirectory,
  directoryOf,
  FOUNDED,
  type Hire,
  type Stamp,
} from './company/directory.ts';
export { DEMO_COMPANY, type FictionalOptions, fictionalCompany } from './company/fictional.ts';
export { type Company, type CompanyGroup, type CompanyPerson, emptyCompany } from './company/model.ts';
export { companyFromOrgChart } from './company/org-chart.ts';
