/** One requirement of an RFC and the requests that show it; docs/scim.md lists them, and a test keeps that list true. */
import { expect } from 'vitest';
import { type Answer, ERROR_URN, type Json, type ScimClient } from './client.ts';

export interface Row {
  /** `7644 3.5.2.1` */
  readonly section: string;
  readonly requirement: string;
  readonly show: (client: ScimClient) => Promise<void>;
}

export function row(section: string, requirement: string, show: Row['show']): Row {
  return { section, requirement, show };
}

export function expectError(answer: Answer, status: number, scimType?: string): void {
  expect(answer.body).toMatchObject({ schemas: [ERROR_URN], status: String(status) });
  expect(answer.status).toBe(status);
  expect(answer.body.scimType).toBe(scimType);
  expect(answer.body.detail).toMatch(/\S/);
  expect(answer.headers.get('content-type')).toBe('application/scim+json');
}

export function q(filter: string): string {
  return encodeURIComponent(filter);
}

export function idsOf(answer: Answer): string[] {
  expect(answer.status).toBe(200);
  return answer.body.Resources.map(({ id }: Json) => id);
}
