/** The gate's arithmetic, in Redis, on Redis's clock: replicas with wrong clocks still share one exact window. */
import { script } from '../lib/redis-script.ts';

/**
 * Reserves the next free slot of an exact sliding window.
 * KEYS: reserved slots (list, newest first), closure (hash). ARGV: marginMs, kept slots, furthest ms ahead, then
 * limit and window in ms for each window. Returns the wait in ms and the slot's name; a negative wait means that
 * nothing was reserved because the slot is too far away.
 */
export const reserveSlot = script(
  'idpReserveSlot',
  `local time = redis.call('TIME')
  local now = time[1] * 1000 + time[2] / 1000
  local at = math.max(now, tonumber(redis.call('HGET', KEYS[2], 'until') or '0'))
  local newest = redis.call('LINDEX', KEYS[1], 0)
  if newest then at = math.max(at, tonumber(newest)) end
  for i = 4, #ARGV, 2 do
    local slot = redis.call('LINDEX', KEYS[1], ARGV[i] - 1)
    if slot then at = math.max(at, tonumber(slot) + ARGV[i + 1] + ARGV[1]) end
  end
  if at - now > tonumber(ARGV[3]) then return { -math.ceil(at - now), '' } end
  local slot = string.format('%.3f', at)
  redis.call('LPUSH', KEYS[1], slot)
  redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
  redis.call('PEXPIRE', KEYS[1], 3600000)
  return { math.ceil(at - now), slot }`,
);

/** KEYS: closure. ARGV: ms, why. A longer closure stays as it is. */
export const closeGate = script(
  'idpCloseGate',
  `local time = redis.call('TIME')
  local at = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
  if at <= tonumber(redis.call('HGET', KEYS[1], 'until') or '0') then return 0 end
  redis.call('HSET', KEYS[1], 'until', string.format('%.0f', at), 'why', ARGV[2])
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', at + 1000))
  return 1`,
);

/** KEYS: closure. Returns the ms that are left and why; 0 when the gate is open. */
export const lookAtGate = script(
  'idpLookAtGate',
  `local time = redis.call('TIME')
  local now = time[1] * 1000 + time[2] / 1000
  local left = tonumber(redis.call('HGET', KEYS[1], 'until') or '0') - now
  return { math.max(0, math.ceil(left)), redis.call('HGET', KEYS[1], 'why') or '' }`,
);
