-- Gives the next request of a token its turn. A sliding log of scheduled starts: nobody polls, turns are handed out in the
-- order they are asked for, and a start lies a whole window (and the spread of the way to the server) after the one `cap` before.
-- KEYS log, hold, window
-- ARGV 1 requests a window  2 window  3 spread seen by this process (-1 unknown)  4 spread to assume  5 cushion  6 longest wait
--      (times in microseconds)
-- Answers {1, microseconds until the start} or {0, microseconds it would have been}: then no turn is taken.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local cap = tonumber(redis.call('HGET', KEYS[3], 'cap')) or tonumber(ARGV[1])

local spread, seen = tonumber(redis.call('HGET', KEYS[3], 'spread')), tonumber(ARGV[3])
if seen >= 0 then
  spread = spread and spread * 0.9 + seen * 0.1 or seen
  redis.call('HSET', KEYS[3], 'spread', string.format('%.0f', spread))
end
local length = tonumber(ARGV[2]) + tonumber(ARGV[5]) + (spread or tonumber(ARGV[4]))

local last = tonumber(redis.call('LINDEX', KEYS[1], -1)) or 0
if last > now + 600000000 then  -- the clock was set back
  redis.call('DEL', KEYS[1])
  last = 0
end
-- A quarter faster than the average at most: no bursts, yet pauses are made up for.
local start = math.max(now, last + length / cap * 0.8)
local before = tonumber(redis.call('LINDEX', KEYS[1], -cap))
if before then start = math.max(start, before + length) end
start = math.max(start, now + redis.call('PTTL', KEYS[2]) * 1000)

local wait = start - now
if wait > tonumber(ARGV[6]) then return {0, math.ceil(wait)} end
redis.call('RPUSH', KEYS[1], string.format('%.0f', start))
redis.call('LTRIM', KEYS[1], -cap, -1)
redis.call('EXPIRE', KEYS[1], 3600)
redis.call('EXPIRE', KEYS[3], 86400)
return {1, math.ceil(wait)}
