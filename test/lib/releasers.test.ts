import { expect, test } from 'vitest';
import { Releasers } from '../../src/lib/releasers.ts';

test('releases run in the reverse order of what was taken, one after the other', async () => {
  const order: string[] = [];
  const releasers = new Releasers();
  releasers.add('redis', () => order.push('redis'));
  releasers.add('queue', async () => {
    order.push('queue begins');
    await Promise.resolve();
    order.push('queue ends');
  });
  releasers.add('server', () => order.push('server'));
  await releasers.release();
  expect(order).toEqual(['server', 'queue begins', 'queue ends', 'redis']);
});

test('asked twice at once, it runs once and both wait for the end', async () => {
  let runs = 0;
  const releasers = new Releasers();
  releasers.add('queue', async () => {
    await Promise.resolve();
    runs++;
  });
  await Promise.all([releasers.release(), releasers.release()]);
  await releasers.release();
  expect(runs).toBe(1);
});

test('a failing release does not keep the others from running; the first failure is the one that is told', async () => {
  const order: string[] = [];
  const releasers = new Releasers();
  releasers.add('redis', () => order.push('redis'));
  releasers.add('queue', () => Promise.reject(new Error('second')));
  releasers.add('server', () => {
    throw new Error('first');
  });
  await expect(releasers.release()).rejects.toMatchObject({
    message: 'server could not be released',
    cause: new Error('first'),
  });
  expect(order).toEqual(['redis']);
});

test('what is taken while releases run is released in the same turn', async () => {
  const order: string[] = [];
  const releasers = new Releasers();
  releasers.add('server', () => releasers.add('late', () => order.push('late')));
  await releasers.release();
  expect(order).toEqual(['late']);
});

test('what is taken after the end is refused by name, because nothing would release it', async () => {
  const releasers = new Releasers();
  await releasers.release();
  expect(() => releasers.add('worker', () => undefined)).toThrow(
    'worker was taken after everything had been released',
  );
});

test('await using releases at the end of the block', async () => {
  const order: string[] = [];
  {
    await using releasers = new Releasers();
    releasers.add('redis', () => order.push('redis'));
    order.push('work');
  }
  expect(order).toEqual(['work', 'redis']);
});
