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
 * What the gate knows of calls. `calls` (sorted set): name → the latest moment at which it may have reached Devin,
 * or will leave. `flying` (hash): name → when it left. `ways` (hash): the shortest answer of the last minute, and
 * what may still be spent on doubt. A call cannot have arrived later than its answer came less the shortest way
 * that any call took; one without an answer may be arriving now. That doubt costs pace, so it is bounded: short
 * troubles count in full, and what lasts costs no more than is given back with each call.
 */
const KNOWN = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + time[2] / 1000
  local calls, flying, ways = KEYS[1], KEYS[2], KEYS[3]
  local FULL = 20000
  local function way(name, default) return tonumber(redis.call('HGET', ways, name) or default) end
  local function shortest() return math.min(way('short', 0), way('before', 1e9)) end
  local function late(sent)
    return math.max(0, math.min(now - shortest() - sent, way('doubt', FULL)))
  end
  local function lookUp()
    local list = redis.call('HGETALL', flying)
    for i = 1, #list, 2 do
      local sent = tonumber(list[i + 1])
      if now - sent > 10000 then redis.call('HDEL', flying, list[i])
      else redis.call('ZADD', calls, 'XX', 'GT', string.format('%.3f', sent + late(sent)), list[i]) end
    end
  end
  local function depart(name)
    redis.call('ZADD', calls, string.format('%.3f', now), name)
    redis.call('HSET', flying, name, string.format('%.3f', now))
    redis.call('PEXPIRE', flying, 20000)
  end
  local function scoreAt(index)
    return tonumber(redis.call('ZREVRANGE', calls, index, index, 'WITHSCORES')[2])
  end`;

/** Wants `first`, the index in ARGV of the first window; keys 4 and 5 are closure and rate. */
const WINDOWS = `
  local rate = KEYS[5]
  ${SHARE}
  local part, longest = share(), 0
  local function free(from, rank)
    local at = from
    for i = first, #ARGV, 2 do
      local window = ARGV[i + 1] / part
      local score = scoreAt(rank + ARGV[i])
      if score then at = math.max(at, score + window) end
      longest = math.max(longest, window)
    end
    return at
  end`;

/**
 * Reserves the next free place of an exact sliding window, and lets the call go when that is now.
 * KEYS: calls, flying, ways, closure, rate. ARGV: name of the call, furthest ms ahead, then limit and window in ms for
 * each window. Returns the wait in ms, 0 for go; a negative wait means that nothing was reserved because the place is too
 * far away.
 */
export const reservePlace = script(
  'idpReservePlace',
  `local first = 3
  ${KNOWN}
  ${WINDOWS}
  lookUp()
  local at = free(math.max(now, tonumber(redis.call('HGET', KEYS[4], 'until') or '0')), -1)
  if at - now > tonumber(ARGV[2]) then return -math.ceil(at - now) end
  redis.call('ZREMRANGEBYSCORE', calls, '-inf', string.format('%.3f', now - 2 * longest))
  if at <= now then depart(ARGV[1]) else redis.call('ZADD', calls, string.format('%.3f', at), ARGV[1]) end
  redis.call('PEXPIRE', calls, math.ceil(math.max(3600000, 2 * longest)))
  return math.ceil(at - now)`,
);

/**
 * Before a call goes: has one before it been so late since that this one must wait longer?
 * KEYS: as above. ARGV: name, then the windows. Returns the wait in ms, 0 for go; -1: ask for another place, because
 * the gate has closed meanwhile or has lost its memory.
 */
export const leaveNow = script(
  'idpLeaveNow',
  `local first = 2
  ${KNOWN}
  ${WINDOWS}
  lookUp()
  local own = redis.call('ZSCORE', calls, ARGV[1])
  if not own then return -1 end
  if now < tonumber(redis.call('HGET', KEYS[4], 'until') or '0') then
    redis.call('ZREM', calls, ARGV[1])
    return -1
  end
  -- Whoever wakes late stands behind those who went meanwhile, not where their place was.
  if tonumber(own) < now then redis.call('ZADD', calls, string.format('%.3f', now), ARGV[1]) end
  local at = free(now, redis.call('ZREVRANK', calls, ARGV[1]))
  if at <= now then depart(ARGV[1]) return 0 end
  redis.call('ZADD', calls, string.format('%.3f', at), ARGV[1])
  return math.ceil(at - now)`,
);

/**
 * The answer has come, or no answer will. KEYS: calls, flying, ways. ARGV: name, ms that the call took, ms of doubt that
 * each call gives back.
 */
export const cameBack = script(
  'idpCameBack',
  `${KNOWN}
  local sent = tonumber(redis.call('HGET', flying, ARGV[1]) or now)
  redis.call('HDEL', flying, ARGV[1])
  if now - way('since', 0) > 30000 then
    redis.call('HSET', ways, 'before', way('short', 1e9), 'short', ARGV[2], 'since', string.format('%.0f', now))
  elseif tonumber(ARGV[2]) < way('short', 1e9) then redis.call('HSET', ways, 'short', ARGV[2]) end
  local spent = late(sent)
  redis.call('ZADD', calls, 'XX', 'GT', string.format('%.3f', sent + spent), ARGV[1])
  local left = math.min(FULL, way('doubt', FULL) - spent + ARGV[3])
  redis.call('HSET', ways, 'doubt', string.format('%.3f', left))
  redis.call('PEXPIRE', ways, 3600000)
  return 1`,
);

/** It was never sent. KEYS: calls, flying. ARGV: name. */
export const giveBack = script(
  'idpGiveBack',
  `redis.call('HDEL', KEYS[2], ARGV[1])
  return redis.call('ZREM', KEYS[1], ARGV[1])`,
);

/**
 * KEYS: closure, rate, ways. ARGV: ms, why. A longer closure stays as it is; the pace falls to 85 %, at least to a tenth,
 * and every doubt counts again.
 */
export const closeGate = script(
  'idpCloseGate',
  `local time = redis.call('TIME')
  local now, rate = time[1] * 1000 + math.floor(time[2] / 1000), KEYS[2]
  ${SHARE}
  if now - tonumber(redis.call('HGET', rate, 'at') or '0') >= 1000 then
    redis.call('HSET', rate, 'share', math.max(0.1, share() * 0.85), 'at', string.format('%.0f', now))
    redis.call('PEXPIRE', rate, 120000)
    redis.call('HDEL', KEYS[3], 'doubt')
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
