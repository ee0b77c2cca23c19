-- What since.lua and commit.lua have in common: both begin with this file.
-- They know keys and values, not notes, and compare revisions as text: Lua's
-- numbers do not hold all of them.

local META, LOG = KEYS[1], KEYS[2]
local PLACES = {meta = META, notes = KEYS[3], clusters = KEYS[4], votes = KEYS[5], people = KEYS[6], acts = KEYS[7], other = KEYS[8]}

-- How much of the log is looked through at most, in bytes: it holds the events,
-- too. Who missed more loads again.
local LOG_MOST = 4 * 1024 * 1024

local function less(a, b)
  return #a < #b or (#a == #b and a < b)
end

-- position is what meta says, or nothing when there is no wall.
local function position()
  local m = redis.call('HMGET', META, 'schema', 'epoch', 'revision', 'begun', 'replid')
  if m[1] then
    return {schema = m[1], epoch = m[2], revision = m[3], begun = m[4], replid = m[5]}
  end
end

-- fence writes something that replicas can be waited for: what was written
-- before it they have then, too.
local function fence(at)
  redis.call('HSET', META, 'waited', at.revision)
end

-- missed is what was touched after a revision, as place/field and value in
-- turn; nothing when that is too much or not known. first is the id of the
-- first entry of the log to look at. Each entry names the revision before it,
-- so that a log that was cut is noticed.
local function missed(at, epoch, revision, first, entries, bytes)
  if epoch ~= at.epoch or less(at.revision, revision) or less(revision, at.begun) then
    return nil
  end
  local names, seen, size, expected = {}, {}, 0, revision
  while expected ~= at.revision do
    local commits = redis.call('XRANGE', LOG, first, '+', 'COUNT', 4)
    if #commits == 0 then
      return nil
    end
    for _, commit in ipairs(commits) do
      local fields = {}
      for i = 1, #commit[2], 2 do
        fields[commit[2][i]] = commit[2][i + 1]
        size = size + #commit[2][i + 1]
      end
      if not fields.after or less(expected, fields.after) then
        return nil
      end
      expected = string.match(commit[1], '^%d+')
      for name in string.gmatch(fields.touched or '', '%S+') do
        if not seen[name] then
          seen[name] = true
          names[#names + 1] = name
          if #names > entries then
            return nil
          end
        end
      end
    end
    if size > LOG_MOST then
      return nil
    end
    first = '(' .. commits[#commits][1]
  end
  local found = {}
  size = 0
  for i, name in ipairs(names) do
    local place, field = string.match(name, '^(%a+)/(.*)$')
    if string.find(field, '%', 1, true) then
      field = string.gsub(field, '%%(%x%x)', function(x) return string.char(tonumber(x, 16)) end)
    end
    local value = redis.call('HGET', PLACES[place], field)
    size = size + #name + (value and #value or 0)
    if size > bytes then
      return nil
    end
    found[2 * i - 1], found[2 * i] = name, value
  end
  return found
end
