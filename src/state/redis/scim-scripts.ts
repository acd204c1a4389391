/** Pushed SCIM resources: each request is one Lua script, so that it happens whole or not at all. */
import { script } from '../../lib/redis-script.ts';

/** Names of what is kept of one source. All share the hash tag of the prefix. */
const NAMES = `
  local base = KEYS[1]
  local state, gone = base .. ':state', base .. ':gone'
  local function rowsOf(kind) return base .. ':' .. kind end
  local function membersOf(id) return base .. ':members:' .. id end
  local function groupsWith(id) return base .. ':in:' .. id end
  local function parse(text)
    local cut = string.find(text, '\\n', 1, true)
    return cjson.decode(string.sub(text, 1, cut - 1)), string.sub(text, cut + 1)
  end
  local function found(index, name)
    return redis.call('ZRANGEBYLEX', index, '[' .. name .. ':', '(' .. name .. ';', 'LIMIT', 0, 1000)
  end`;

/** What is written changes the counter; what only repeats is a sign of life. ARGV[5]: now. */
const NOTE = `
  local function pushed(now, changed)
    redis.call('HSET', state, 'pushedAt', now)
    if changed then redis.call('HINCRBY', state, 'changes', 1) end
  end`;

/**
 * Creates or updates a resource. A row is a header of ours as JSON, a line feed, and the body as it came: Lua must not
 * decode it, because it knows no empty arrays.
 * KEYS: base. ARGV: `create` or `update`, type, id, expected version or an empty text, now, body, one JSON document:
 * names (by which it is found), unique (pairs of key and name), members (null, or kind, add, remove), maxResources,
 * maxMembers, gone (under which its removal will be remembered).
 * Returns the outcome, then: the row and 1 where it changed · the current version · the key · what is full.
 */
export const writeScim = script(
  'idpScimWrite',
  `${NAMES}${NOTE}
  local op, kind, id, expected, now, body = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), ARGV[6]
  local p = cjson.decode(ARGV[7])
  local rows = rowsOf(kind)
  local order, index = rows .. ':order', rows .. ':names'
  local text = redis.call('HGET', rows, id)
  local header, before = nil, nil
  if op == 'update' then
    if not text then return { 'missing' } end
    header, before = parse(text)
    if expected ~= '' and tonumber(expected) ~= header.version then return { 'version', header.version } end
  end
  for _, pair in ipairs(p.unique) do
    for _, entry in ipairs(found(index, pair.name)) do
      if string.sub(entry, #pair.name + 2) ~= id then return { 'taken', pair.key } end
    end
  end
  if op == 'create' then
    if redis.call('HLEN', rowsOf('User')) + redis.call('HLEN', rowsOf('Group')) >= p.maxResources then
      return { 'full', 'resources' }
    end
  end
  local added, dropped = {}, {}
  if type(p.members) == 'table' then
    local mine = membersOf(id)
    local wanted = {}
    for _, member in ipairs(p.members.add) do wanted[member] = true end
    if p.members.kind == 'replace' then
      for _, member in ipairs(redis.call('ZRANGE', mine, 0, -1)) do
        if wanted[member] then wanted[member] = nil else dropped[#dropped + 1] = member end
      end
      for member in pairs(wanted) do added[#added + 1] = member end
    else
      for member in pairs(wanted) do
        if not redis.call('ZSCORE', mine, member) then added[#added + 1] = member end
      end
      local twice = {}
      for _, member in ipairs(p.members.remove) do
        if not wanted[member] and not twice[member] and redis.call('ZSCORE', mine, member) then
          twice[member] = true
          dropped[#dropped + 1] = member
        end
      end
    end
    if #added > 0 and redis.call('ZCARD', mine) + #added - #dropped > p.maxMembers then
      return { 'full', 'members' }
    end
    for _, member in ipairs(dropped) do
      redis.call('ZREM', mine, member)
      redis.call('ZREM', groupsWith(member), id)
    end
    for _, member in ipairs(added) do
      redis.call('ZADD', mine, 0, member)
      redis.call('ZADD', groupsWith(member), 0, id)
    end
  end
  if op == 'create' then
    header = { id = id, kind = kind, version = 1, created = now, modified = now,
      seq = redis.call('HINCRBY', state, 'sequence', 1), names = p.names }
    redis.call('ZADD', order, header.seq, id)
  else
    if body == before and #added == 0 and #dropped == 0 then
      pushed(now, false)
      return { 'done', text, 0 }
    end
    for _, name in ipairs(header.names or {}) do redis.call('ZREM', index, name .. ':' .. id) end
    header.version = header.version + 1
    header.modified = now
    header.names = p.names
  end
  header.gone = p.gone
  redis.call('ZREM', gone, unpack(p.gone))
  for _, name in ipairs(p.names) do redis.call('ZADD', index, 0, name .. ':' .. id) end
  if #header.names == 0 then header.names = nil end
  local row = cjson.encode(header) .. '\\n' .. body
  redis.call('HSET', rows, id, row)
  pushed(now, true)
  return { 'done', row, 1 }`,
);

/**
 * Removes a resource and its memberships on both sides; a group that loses it is a changed group.
 * KEYS: base. ARGV: type, id, expected version or an empty text, now, oldest removal kept.
 */
export const removeScim = script(
  'idpScimRemove',
  `${NAMES}${NOTE}
  local kind, id, expected, now = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
  local rows = rowsOf(kind)
  local text = redis.call('HGET', rows, id)
  if not text then return { 'missing' } end
  local header = parse(text)
  if expected ~= '' and tonumber(expected) ~= header.version then return { 'version', header.version } end
  for _, member in ipairs(redis.call('ZRANGE', membersOf(id), 0, -1)) do
    redis.call('ZREM', groupsWith(member), id)
  end
  for _, group in ipairs(redis.call('ZRANGE', groupsWith(id), 0, -1)) do
    redis.call('ZREM', membersOf(group), id)
    local other = redis.call('HGET', rowsOf('Group'), group)
    if other then
      local head, body = parse(other)
      head.version = head.version + 1
      head.modified = now
      redis.call('HSET', rowsOf('Group'), group, cjson.encode(head) .. '\\n' .. body)
    end
  end
  for _, name in ipairs(header.names or {}) do redis.call('ZREM', rows .. ':names', name .. ':' .. id) end
  redis.call('HDEL', rows, id)
  redis.call('ZREM', rows .. ':order', id)
  redis.call('DEL', membersOf(id), groupsWith(id))
  redis.call('ZREMRANGEBYSCORE', gone, '-inf', ARGV[5])
  for _, name in ipairs(header.gone) do redis.call('ZADD', gone, now, name) end
  pushed(now, true)
  return { 'done' }`,
);

/**
 * One page in the order of creation. KEYS: base. ARGV: type, limit, `offset` or `after`, its value.
 * Returns the total, 1 where more follow, and the rows.
 */
export const listScim = script(
  'idpScimList',
  `${NAMES}
  local rows, limit, at = rowsOf(ARGV[1]), tonumber(ARGV[2]), ARGV[4]
  local order = rows .. ':order'
  local ids
  if ARGV[3] == 'offset' then
    ids = redis.call('ZRANGE', order, at, tonumber(at) + limit)
  else
    ids = redis.call('ZRANGEBYSCORE', order, '(' .. at, '+inf', 'LIMIT', 0, limit + 1)
  end
  local more = 0
  if #ids > limit then
    more = 1
    ids[#ids] = nil
  end
  local answer = { redis.call('ZCARD', order), more }
  for _, id in ipairs(ids) do
    answer[#answer + 1] = id
    answer[#answer + 1] = redis.call('HGET', rows, id)
  end
  return answer`,
);

/** By a name of the index, in the order of creation. KEYS: base. ARGV: type, name. Returns ids and rows. */
export const findScim = script(
  'idpScimFind',
  `${NAMES}
  local rows, name = rowsOf(ARGV[1]), ARGV[2]
  local answer = {}
  for _, entry in ipairs(found(rows .. ':names', name)) do
    local id = string.sub(entry, #name + 2)
    answer[#answer + 1] = id
    answer[#answer + 1] = redis.call('HGET', rows, id)
  end
  return answer`,
);
