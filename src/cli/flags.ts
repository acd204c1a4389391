/** Parsers of flag values; each refusal names the flag, the value and what is allowed. */
import { InvalidArgumentError } from 'commander';

export function choice<T extends string>(flag: string, allowed: readonly T[]): (value: string) => T {
  return (value) => {
    const found = allowed.find((one) => one === value);
    if (found === undefined) throw new InvalidArgumentError(`${flag} is one of ${allowed.join(', ')}.`);
    return found;
  };
}

export function wholeNumber(flag: string, min: number, max: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= min && number <= max) return number;
    throw new InvalidArgumentError(`${flag} is a whole number from ${min} to ${max}.`);
  };
}
