/** Configuration of the file connector. */
import * as z from 'zod';

export const fileOptions = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe(
      'YAML or JSON file with the lists people and groups, or a folder with people.csv (id, email, name, status), groups.csv (id, name) and memberships.csv (group, member, type: person or group).',
    ),
  name: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, dashes or underscores')
    .optional()
    .describe(
      "Name of this directory; state is bound to it. Default: the file's own name, without its folder.",
    ),
});

export type FileOptions = z.output<typeof fileOptions>;
