/** What must happen whole or not at all, as Lua. Every key shares the hash tag, so Cluster runs them as well. */
import { script } from '../../lib/redis-script.ts';

/**
 * Opens a round of a plan. `all` ends every other open plan and forgets which subjects scoped plans touched.
 * Intents outlive a round: a call whose outcome nobody knows must be read back whoever asks next.
 * It and each superseded plan are journalled in the same step, and what a part is about makes older plans stale in it.
 * KEYS: sequence, open, ended, touched, submission, outcomes, tally, ids, failed, journal,
 * sequence of the newest plan about everything
 * ARGV: planId, scope, total, now, forget before, kept ms, entry about what it supersedes, oldest entry kept, run, entry
 * about itself, subjects of a part as JSON, edition. Returns the sequence, then the plans it superseded.
 */
export const submitPlan = script(
  'idpSubmitPlan',
  `local sequence, open, ended, touched, submission = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
  local plan, scope, total, now = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
  local answer = { redis.call('INCR', sequence) }
  local running = redis.call('ZSCORE', open, plan) and redis.call('HGET', submission, 'edition') == ARGV[12]
  if scope == 'all' then
    for _, other in ipairs(redis.call('ZRANGE', open, 0, -1)) do
      if other ~= plan then
        redis.call('ZREM', open, other)
        redis.call('ZADD', ended, now, other)
        local entry = cjson.decode(ARGV[7])
        entry.planId = other
        redis.call('XADD', KEYS[10], 'MINID', '~', ARGV[8], '*', 'entry', cjson.encode(entry))
        answer[#answer + 1] = other
      end
    end
    redis.call('DEL', touched)
    redis.call('SET', KEYS[11], answer[1])
  end
  if not running then
    redis.call('DEL', KEYS[6], KEYS[7], KEYS[8], KEYS[9])
    redis.call('HSET', submission, 'submittedAt', now)
  end
  redis.call('HSET', submission, 'scope', scope, 'total', total, 'sequence', answer[1], 'run', ARGV[9],
    'edition', ARGV[12])
  redis.call('PEXPIRE', submission, ARGV[6])
  if total > 0 then
    redis.call('ZADD', open, answer[1], plan)
    redis.call('ZREM', ended, plan)
  else
    redis.call('ZADD', ended, now, plan)
  end
  if scope == 'part' then
    for _, subject in ipairs(cjson.decode(ARGV[11])) do redis.call('HSET', touched, subject, answer[1]) end
  end
  redis.call('XADD', KEYS[10], 'MINID', '~', ARGV[8], '*', 'entry', ARGV[10])
  redis.call('ZREMRANGEBYSCORE', ended, '-inf', ARGV[5])
  return answer`,
);

/**
 * Notes a call that is about to be made, unless another plan or another edition has taken over in the meantime: what
 * was superseded and is not noted by then is never sent.
 * KEYS: open, submission, intents, journal. ARGV: planId, edition, operation, intent, entry, oldest entry kept, kept ms
 */
export const noteIntent = script(
  'idpNoteIntent',
  `if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
  if (redis.call('HGET', KEYS[2], 'edition') or '') ~= ARGV[2] then return 0 end
  redis.call('HSET', KEYS[3], ARGV[3], ARGV[4])
  redis.call('PEXPIRE', KEYS[3], ARGV[7])
  redis.call('XADD', KEYS[4], 'MINID', '~', ARGV[6], '*', 'entry', ARGV[5])
  return 1`,
);

/**
 * Takes back the outcomes of operations that failed or were skipped, so that they are carried out again. What failed gets
 * an intent back, so that it is read before it is sent.
 * KEYS: open, ended, submission, outcomes, tally, failed, sequence of the newest plan about everything, journal, intents
 * ARGV: one JSON document (see writes.ts). Returns how many; -1 when a newer plan has taken over, -2 when what has failed
 * or was skipped is not what it was.
 */
export const reopenOperations = script(
  'idpReopenOperations',
  `local p = cjson.decode(ARGV[1])
  local sequence = tonumber(redis.call('HGET', KEYS[3], 'sequence') or '0')
  if sequence == 0 or sequence < tonumber(redis.call('GET', KEYS[7]) or '0') then return -1 end
  if (redis.call('HGET', KEYS[3], 'edition') or '') ~= p.seen.edition then return -2 end
  local function count(name) return tonumber(redis.call('HGET', KEYS[5], name) or '0') end
  if count('failed') ~= #p.seen.failed or count('skipped') ~= p.seen.skipped then return -2 end
  for _, opKey in ipairs(p.seen.failed) do
    local text = redis.call('HGET', KEYS[4], opKey)
    if not text or cjson.decode(text).state ~= 'failed' then return -2 end
  end
  local reopened = 0
  for _, operation in ipairs(p.operations) do
    local text = redis.call('HGET', KEYS[4], operation.opKey)
    local state = text and cjson.decode(text).state
    if state == 'failed' or state == 'skipped' then
      redis.call('HDEL', KEYS[4], operation.opKey)
      if state == 'failed' then redis.call('HSET', KEYS[9], operation.opKey, operation.intent) end
      redis.call('HINCRBY', KEYS[5], state, -1)
      for _, count in ipairs(operation.counts) do redis.call('HINCRBY', KEYS[5], count, -1) end
      reopened = reopened + 1
    end
  end
  if reopened == 0 then return 0 end
  for _, subject in ipairs(p.subjects) do redis.call('SREM', KEYS[6], subject) end
  redis.call('ZADD', KEYS[1], sequence, p.planId)
  redis.call('ZREM', KEYS[2], p.planId)
  redis.call('XADD', KEYS[8], 'MINID', '~', p.journalFrom, '*', 'entry', p.entry)
  return reopened`,
);

/**
 * Replaces outcomes of what failed, each only if it is as it was read.
 * KEYS: outcomes, tally, journal. ARGV: one JSON document (see writes.ts). Returns how many.
 */
export const discardOutcomes = script(
  'idpDiscardOutcomes',
  `local p = cjson.decode(ARGV[1])
  local discarded = 0
  for _, operation in ipairs(p.operations) do
    if redis.call('HGET', KEYS[1], operation.opKey) == operation.before then
      redis.call('HSET', KEYS[1], operation.opKey, operation.after)
      redis.call('HINCRBY', KEYS[2], 'failed', -1)
      redis.call('HINCRBY', KEYS[2], 'skipped', 1)
      redis.call('XADD', KEYS[3], 'MINID', '~', p.journalFrom, '*', 'entry', operation.entry)
      discarded = discarded + 1
    end
  end
  return discarded`,
);

/**
 * Writes an outcome with all that follows from it, once.
 * KEYS: open, ended, submission, outcomes, tally, ids, failed, intents, journal, people, groups, recent, links, marks
 * Of operations that the plan no longer has it notes only what happened.
 * ARGV: one JSON document (see writes.ts). Returns 0 when there was an outcome already, 2 when a row of the ledger is not
 * as it was read.
 */
export const recordOutcome = script(
  'idpRecordOutcome',
  `local p = cjson.decode(ARGV[1])
  local submission, tally = KEYS[3], KEYS[5]
  local counts = p.edition == nil or redis.call('HGET', submission, 'edition') == p.edition
  if counts and redis.call('HEXISTS', KEYS[4], p.opKey) == 1 then return 0 end
  for _, row in ipairs(p.read) do
    if (redis.call('HGET', KEYS[row[1]], row[2]) or '') ~= row[3] then return 2 end
  end
  if counts then redis.call('HSET', KEYS[4], p.opKey, p.outcome) end
  redis.call('HDEL', KEYS[8], p.opKey)
  if counts then
    for _, field in ipairs(p.counts) do redis.call('HINCRBY', tally, field, 1) end
    for _, pair in ipairs(p.ids) do redis.call('HSET', KEYS[6], pair[1], pair[2]) end
    for _, subject in ipairs(p.failed) do redis.call('SADD', KEYS[7], subject) end
  end
  for _, entry in ipairs(p.journal) do
    redis.call('XADD', KEYS[9], 'MINID', '~', p.journalFrom, '*', 'entry', entry)
  end
  for _, row in ipairs(p.people) do
    redis.call('HSET', KEYS[10], row[1], row[2])
    redis.call('HSET', KEYS[13], row[3], row[1])
  end
  for _, id in ipairs(p.removedPeople) do redis.call('HDEL', KEYS[10], id) end
  for _, row in ipairs(p.groups) do redis.call('HSET', KEYS[11], row[1], row[2]) end
  for _, id in ipairs(p.removedGroups) do redis.call('HDEL', KEYS[11], id) end
  for _, row in ipairs(p.marks) do redis.call('HSET', KEYS[14], row[1], row[2]) end
  for _, mark in ipairs(p.removedMarks) do redis.call('HDEL', KEYS[14], mark) end
  for _, write in ipairs(p.recent) do redis.call('ZADD', KEYS[12], write[1], write[2]) end
  local ended = 0
  for _, field in ipairs({ 'done', 'failed', 'skipped' }) do
    ended = ended + tonumber(redis.call('HGET', tally, field) or '0')
  end
  local total = tonumber(redis.call('HGET', submission, 'total') or '0')
  if ended >= total and redis.call('ZREM', KEYS[1], p.planId) == 1 then
    redis.call('ZADD', KEYS[2], p.at, p.planId)
  end
  for at = 3, 8 do redis.call('PEXPIRE', KEYS[at], p.keptMs) end
  return 1`,
);
