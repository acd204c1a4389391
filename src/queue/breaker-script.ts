/** The arithmetic of the breakers, in Redis, so that all replicas count the same failures. */
import { script } from '../lib/redis-script.ts';

/** Opens a kind for its next wait. Wants `kind`, `now`, `words`, `why`, and the waits from ARGV[first] on. */
const OPEN = `
  local function open(first)
    local step = math.min(redis.call('HINCRBY', KEYS[1], 'step ' .. kind, 1), #ARGV - first + 1)
    local at = string.format('%.0f', now + tonumber(ARGV[first + step - 1]))
    redis.call('HSET', KEYS[1], 'until ' .. kind, at, 'words ' .. kind, words, 'why ' .. kind, why)
    redis.call('HDEL', KEYS[1], 'last ' .. kind)
    return { at, words }
  end
  local function closedUntil() return tonumber(redis.call('HGET', KEYS[1], 'until ' .. kind) or '0') end`;

/**
 * KEYS: hash. ARGV: kind, now, why, failures in a row, least sample, share, longest sample, waits in ms.
 * Returns the time of the next try and the rule in words when it opened, else nothing.
 */
export const countFailure = script(
  'idpCountFailure',
  `local kind, now, why, words = ARGV[1], tonumber(ARGV[2]), ARGV[3], ''
  ${OPEN}
  local streak = redis.call('HINCRBY', KEYS[1], 'streak ' .. kind, 1)
  if closedUntil() > now then return {} end
  local last = string.sub((redis.call('HGET', KEYS[1], 'last ' .. kind) or '') .. '1', -tonumber(ARGV[7]))
  redis.call('HSET', KEYS[1], 'last ' .. kind, last)
  local _, failures = string.gsub(last, '1', '')
  if redis.call('HEXISTS', KEYS[1], 'step ' .. kind) == 1 then
    words = 'stopped again: the next try failed too'
  elseif streak >= tonumber(ARGV[4]) then
    words = 'stopped after ' .. streak .. ' failures in a row'
  elseif #last >= tonumber(ARGV[5]) and failures > tonumber(ARGV[6]) * #last then
    words = 'stopped after ' .. failures .. ' failures in ' .. #last .. ' writes'
  else
    return {}
  end
  return open(8)`,
);

/** KEYS: hash. ARGV: kind, now, why, words, waits in ms. Nothing when it is open already. */
export const openAtOnce = script(
  'idpOpenAtOnce',
  `local kind, now, why, words = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
  ${OPEN}
  if closedUntil() > now then return {} end
  return open(5)`,
);

/** KEYS: hash. ARGV: kind, now, longest sample. A call that was under way while its kind was stopped proves little. */
export const countSuccess = script(
  'idpCountSuccess',
  `local kind, now = ARGV[1], tonumber(ARGV[2])
  if tonumber(redis.call('HGET', KEYS[1], 'until ' .. kind) or '0') > now then return 0 end
  local last = string.sub((redis.call('HGET', KEYS[1], 'last ' .. kind) or '') .. '0', -tonumber(ARGV[3]))
  redis.call('HSET', KEYS[1], 'last ' .. kind, last)
  for _, name in ipairs({ 'streak ', 'step ', 'until ', 'words ', 'why ' }) do
    redis.call('HDEL', KEYS[1], name .. kind)
  end
  return 1`,
);
