import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  answerHandshake,
  needsSubscription,
  parseDelivery,
} from '../../src/directory/entra/change-notification.ts';
import { runs } from '../helpers/runs.ts';

const expected = { clientState: 'state-of-ours', tenantId: '11111111-2222-4333-8444-555555555555' };

function sent(rest: object): object {
  return { subscriptionId: 's1', clientState: expected.clientState, tenantId: expected.tenantId, ...rest };
}

test('the handshake is echoed as plain text, and cannot become markup', () => {
  expect(answerHandshake('Validation: Testing client application reachability')).toEqual({
    status: 200,
    contentType: 'text/plain; charset=utf-8',
    body: 'Validation: Testing client application reachability',
  });
  expect(answerHandshake(`<script>"a"&'b'</script>`)?.body).toBe(
    '&lt;script&gt;&quot;a&quot;&amp;&#39;b&#39;&lt;/script&gt;',
  );
  expect(answerHandshake(null)).toBeNull();
});

test('a delivery names users and groups that may have changed, each once', () => {
  const value = [
    sent({ resource: 'Users/u1', resourceData: { '@odata.type': '#Microsoft.Graph.User', id: 'u1' } }),
    sent({ resource: 'users/u1' }),
    sent({ resource: 'groups/g1/members/u7' }),
    sent({ resourceData: { '@odata.type': '#microsoft.graph.group', id: 'g2' } }),
  ];
  expect(parseDelivery({ value }, expected)).toEqual({
    users: ['u1'],
    groups: ['g1', 'g2'],
    lifecycle: [],
    ignored: 0,
  });
});

test('a notification without our client state, or of another tenant, is ignored', () => {
  const value = [
    sent({ resource: 'users/u1', clientState: 'state-of-other' }),
    sent({ resource: 'users/u2', clientState: null }),
    sent({ resource: 'users/u3', tenantId: '21111111-2222-4333-8444-555555555555' }),
    sent({ resource: 'users/u4' }),
    sent({ resource: 'devices/d1' }),
    'nothing',
  ];
  const delivery = parseDelivery({ value }, expected);
  expect(delivery?.users).toEqual(['u4']);
  expect(delivery?.ignored).toBe(5);
  expect(
    parseDelivery(
      { value: [sent({ resource: 'users/u1', clientState: '' })] },
      { ...expected, clientState: '' },
    )?.users,
  ).toEqual([]);
});

test('lifecycle events ask for a subscription and name nobody', () => {
  const value = [
    sent({ lifecycleEvent: 'reauthorizationRequired' }),
    sent({ lifecycleEvent: 'subscriptionRemoved', resource: 'users' }),
  ];
  const delivery = parseDelivery({ value }, expected);
  expect(delivery).toMatchObject({ users: [], groups: [] });
  expect(delivery?.lifecycle.map(({ event }) => event)).toEqual([
    'reauthorizationRequired',
    'subscriptionRemoved',
  ]);
  expect(delivery !== null && needsSubscription(delivery)).toBe(true);
});

test('whatever a stranger sends is no delivery, or names nothing', () => {
  for (const nothing of [null, 7, 'x', {}, { value: {} }, { value: Array(10_001).fill(0) }])
    expect(parseDelivery(nothing, expected)).toBeNull();
  fc.assert(
    fc.property(fc.array(fc.anything()), (value) => {
      const delivery = parseDelivery({ value }, expected);
      expect(delivery?.users).toEqual([]);
      expect(delivery?.ignored).toBe(value.length);
    }),
    runs(100),
  );
});
