/**
 * What runs inside Redis, each at once. All keys come with the call and share a hash tag, as a cluster wants it.
 *
 * A calendar counter is a number; a sliding one a hash of its buckets, each a sixtieth of the window, with the newest one's
 * number (`head`) and how often the clock was set back by more than the window (`turn`). Lua's numbers are doubles, exact up to
 * 2^53, but written with 14 digits unless told otherwise: everything goes through `%.0f`.
 */
import { createHash } from "node:crypto";

export interface Script {
  readonly text: string;
  readonly sha: string;
}

/** ARGV[1] is the caller's time where that is to be believed, else empty. */
const COMMON = `
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call("TIME")
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
-- Adding 0 makes 0 of -0, which Redis takes for no number.
local function text(number) return string.format("%.0f", number + 0) end
local function grace(length) return math.min(length, 3600000) end

-- Moves a sliding counter on to now, unless it is to stay: the bucket for what is added, the sum, the turn, the buckets.
local function advance(key, length, stay)
  local bucket = math.floor(now * 60 / length)
  local all = redis.call("HGETALL", key)
  local buckets, head, turn, sum = {}, bucket, 0, 0
  for i = 1, #all, 2 do
    if all[i] == "head" then head = tonumber(all[i + 1])
    elseif all[i] == "turn" then turn = tonumber(all[i + 1])
    else buckets[tonumber(all[i])] = tonumber(all[i + 1]) end
  end
  if stay then bucket = head end
  if head - bucket > 60 then
    for _, amount in pairs(buckets) do sum = sum + amount end
    turn = turn + 1
    buckets = { [bucket] = sum }
    redis.call("DEL", key)
    redis.call("HSET", key, "head", text(bucket), "turn", text(turn), text(bucket), text(sum))
  else
    bucket = math.max(bucket, head)
    for number, amount in pairs(buckets) do
      if bucket - number > 60 then
        redis.call("HDEL", key, text(number))
        buckets[number] = nil
      else sum = sum + amount end
    end
    if bucket > head then redis.call("HSET", key, "head", text(bucket)) end
  end
  return bucket, sum, turn, buckets
end
`;

/** Arguments of each key: `c` from until amount limit, or `s` length 0 amount limit; an empty limit is none. */
export const RESERVE = script(`
local skew = tonumber(ARGV[2])
local added = {}
local answer = { "held" }
local function takeBack()
  for _, each in ipairs(added) do
    if each.bucket then redis.call("HINCRBY", each.key, each.bucket, text(-each.amount))
    else redis.call("DECRBY", each.key, text(each.amount)) end
  end
end
for i, key in ipairs(KEYS) do
  local at = 3 + (i - 1) * 5
  local a, b, amount, limit = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  local sum, bucket, turn, buckets
  if ARGV[at] == "c" then
    if now < a - skew or now >= b + skew then
      takeBack()
      return { "time", text(i - 1), text(now) }
    end
    sum = tonumber(redis.call("GET", key) or "0")
  else bucket, sum, turn, buckets = advance(key, a) end
  if amount > 0 and sum + amount > math.min(limit or 9007199254740991, 9007199254740991) then
    takeBack()
    local retry = ""
    if amount <= (limit or 0) and not bucket then retry = text(b)
    elseif amount <= (limit or 0) then
      local left = sum + amount - limit
      for number = bucket - 60, bucket do
        left = left - (buckets[number] or 0)
        if left <= 0 then
          retry = text(math.ceil((number + 61) * a / 60))
          break
        end
      end
    end
    return { "denied", text(i - 1), retry }
  end
  if bucket then
    redis.call("HSET", key, "head", text(bucket))
    redis.call("HINCRBY", key, text(bucket), ARGV[at + 3])
    redis.call("PEXPIRE", key, text(a + math.ceil(a / 60) + grace(a)))
  else
    redis.call("INCRBY", key, ARGV[at + 3])
    redis.call("PEXPIRE", key, text(math.max(b - now, 0) + skew + grace(b - a)))
  end
  added[#added + 1] = { key = key, bucket = bucket and text(bucket), amount = amount }
  answer[#answer + 1] = text(sum + amount)
  answer[#answer + 1] = bucket and text(bucket) or ""
  answer[#answer + 1] = turn and text(turn) or ""
end
return answer
`);

/** Arguments of each key: `c` or the length, bucket, turn, difference. What has left its window is not touched. */
export const SETTLE = script(`
local sums = {}
for i, key in ipairs(KEYS) do
  local at = 2 + (i - 1) * 4
  if redis.call("EXISTS", key) == 0 then sums[i] = "0"
  elseif ARGV[at] == "c" then
    redis.call("INCRBY", key, ARGV[at + 3])
    sums[i] = redis.call("GET", key)
  else
    local head, sum, turn = advance(key, tonumber(ARGV[at]), true)
    if turn == tonumber(ARGV[at + 2]) and head - tonumber(ARGV[at + 1]) <= 60 then
      redis.call("HINCRBY", key, ARGV[at + 1], ARGV[at + 3])
      sum = sum + tonumber(ARGV[at + 3])
    end
    sums[i] = text(sum)
  end
end
return sums
`);

/** Arguments of each key: `c` or the length. */
export const READ = script(`
local sums = {}
for i, key in ipairs(KEYS) do
  if ARGV[1 + i] == "c" then sums[i] = redis.call("GET", key) or "0"
  elseif redis.call("EXISTS", key) == 0 then sums[i] = "0"
  else
    local _, sum = advance(key, tonumber(ARGV[1 + i]))
    sums[i] = text(sum)
  end
end
return sums
`);

function script(body: string): Script {
  const text = COMMON + body;
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}
