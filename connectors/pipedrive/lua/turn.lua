-- Gives the next request of a token its turn. A sliding log of when each of the last requests reached the server at the latest:
-- nobody polls, turns are handed out in the order they are asked for, each a whole window after the one `cap` before.
-- KEYS log, hold, window
-- ARGV 1 requests a window  2 window  3 cushion  4 how late an unanswered request may reach the server  5 longest wait
--      (microseconds), then number and latest arrival of each turn that is over, -1 for one that was never sent
-- Answers {1, microseconds until the start, number, start} or {0, microseconds it would have been}: then no turn is taken.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local cap = tonumber(redis.call('HGET', KEYS[3], 'cap')) or tonumber(ARGV[1])
local length = tonumber(ARGV[2]) + tonumber(ARGV[3])

for position = 6, #ARGV, 2 do
  if tonumber(ARGV[position + 1]) < 0 then
    redis.call('ZREM', KEYS[1], ARGV[position])
  else
    redis.call('ZADD', KEYS[1], 'XX', ARGV[position + 1], ARGV[position])
  end
end
if ARGV[5] == '-1' then return {0, 0} end

local last = tonumber(redis.call('HGET', KEYS[3], 'last')) or 0
if last > now + 600000000 then  -- the clock was set back
  redis.call('DEL', KEYS[1])
  last = 0
end
-- A quarter faster than the average at most: no bursts, yet pauses are made up for.
local start = math.max(now, last + length / cap * 0.8)
local before = redis.call('ZREVRANGE', KEYS[1], cap - 1, cap - 1, 'WITHSCORES')[2]
if before then start = math.max(start, tonumber(before) + length) end
start = math.ceil(math.max(start, now + redis.call('PTTL', KEYS[2]) * 1000))

local wait = start - now
if wait > tonumber(ARGV[5]) then return {0, wait} end
local number = redis.call('HINCRBY', KEYS[3], 'number', 1)
redis.call('HSET', KEYS[3], 'last', string.format('%.0f', start))
redis.call('ZADD', KEYS[1], string.format('%.0f', start + tonumber(ARGV[4])), number)
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -cap - 1)
redis.call('EXPIRE', KEYS[1], 3600)
redis.call('EXPIRE', KEYS[3], 86400)
return {1, wait, number, start}
