/** A year of a company of 40,000 in compressed time: how often a person has to decide, and whether anybody is harmed. */
import { simulate } from '../test/helpers/year.ts';

const PEOPLE = 40_000;
const DAYS = 365;
/** A person should be asked less often than this, a week. */
const TARGET = 2;

const { harm, ...report } = simulate({ people: PEOPLE, days: DAYS, seed: 2026 });
const perWeek = report.decisions / (DAYS / 7);
console.log(`${PEOPLE} people, ${DAYS} days:`, report);
console.log(`holds that a person had to decide: ${perWeek.toFixed(2)} a week (target: under ${TARGET})`);
for (const line of harm.slice(0, 20)) console.error(line);
console.log(harm.length === 0 ? 'Nobody was harmed.' : `${harm.length} wrong removals or late leavers.`);
process.exitCode = harm.length === 0 && perWeek < TARGET ? 0 : 1;
