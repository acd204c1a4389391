/** The gate's arithmetic, in Redis, on Redis's clock: replicas with wrong clocks still share one exact window. */
import { script } from '../lib/redis-script.ts';

/**
 * The share of the configured rate that is used: it falls with each "too many requests" and grows back by itself.
 * A burst that is refused together counts once. Wants `now` and the key `rate`.
 */
const SHARE = `
  local function share()
    local given = tonumber(redis.call('HGET', rate, 'share') or '1')
    local since = now - tonumber(redis.call('HGET', rate, 'at') or now)
    return math.min(1, given + math.max(0, since) / 60000)
  end`;

/**
 * Reserves the next free slot of an exact sliding window.
 * KEYS: reserved slots (list, newest first), closure (hash), rate (hash). ARGV: marginMs, kept slots, furthest ms
 * ahead, ms by which the call may arrive late, then limit and window in ms for each window. Returns the wait in ms and the slot's name; a negative wait
 * means that nothing was reserved because the slot is too far away.
 */
export const reserveSlot = script(
  'idpReserveSlot',
  `local time = redis.call('TIME')
  local now, rate = time[1] * 1000 + time[2] / 1000, KEYS[3]
  ${SHARE}
  local at = math.max(now, tonumber(redis.call('HGET', KEYS[2], 'until') or '0'))
  local newest = redis.call('LINDEX', KEYS[1], 0)
  if newest then at = math.max(at, tonumber(newest)) end
  local part, longest = share(), 3600000
  for i = 5, #ARGV, 2 do
    local slot = redis.call('LINDEX', KEYS[1], ARGV[i] - 1)
    local window = ARGV[i + 1] / part + ARGV[1]
    if slot then at = math.max(at, tonumber(slot) + window) end
    longest = math.max(longest, 2 * window)
  end
  if at - now > tonumber(ARGV[3]) then return { -math.ceil(at - now), '' } end
  local slot = string.format('%.3f', at + ARGV[4])
  redis.call('LPUSH', KEYS[1], slot)
  redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
  redis.call('PEXPIRE', KEYS[1], math.ceil(longest))
  return { math.ceil(at - now), slot }`,
);

/** KEYS: closure, rate. ARGV: ms, why. A longer closure stays as it is; the pace falls to 85 %, at least to a tenth. */
export const closeGate = script(
  'idpCloseGate',
  `local time = redis.call('TIME')
  local now, rate = time[1] * 1000 + math.floor(time[2] / 1000), KEYS[2]
  ${SHARE}
  if now - tonumber(redis.call('HGET', rate, 'at') or '0') >= 1000 then
    redis.call('HSET', rate, 'share', math.max(0.1, share() * 0.85), 'at', string.format('%.0f', now))
    redis.call('PEXPIRE', rate, 120000)
  end
  local at = now + ARGV[1]
  if at <= tonumber(redis.call('HGET', KEYS[1], 'until') or '0') then return 0 end
  redis.call('HSET', KEYS[1], 'until', string.format('%.0f', at), 'why', ARGV[2])
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', at + 1000))
  return 1`,
);

/** KEYS: closure, rate. Returns the ms that are left and why, 0 when the gate is open; and the share of the rate. */
export const lookAtGate = script(
  'idpLookAtGate',
  `local time = redis.call('TIME')
  local now, rate = time[1] * 1000 + time[2] / 1000, KEYS[2]
  ${SHARE}
  local left = tonumber(redis.call('HGET', KEYS[1], 'until') or '0') - now
  local why = redis.call('HGET', KEYS[1], 'why') or ''
  return { math.max(0, math.ceil(left)), why, string.format('%.4f', share()) }`,
);
