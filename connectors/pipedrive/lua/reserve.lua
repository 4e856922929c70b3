-- Takes tokens of the company's day for a handful of requests: all or nothing of what is granted, in one step.
-- KEYS day, grants, hold, window
-- ARGV 1 grant  2 requests  3 tokens  4 tokens a day (-1 unknown)  5 tokens kept for others  6 probe interval  7 requests a window
--      8 window  9 horizon  10 life of a grant                                                     (times in microseconds)
-- Answers {1, requests, tokens}, {0, milliseconds to wait} or {-1, milliseconds until the day may go on}.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local requests, tokens = tonumber(ARGV[2]), tonumber(ARGV[3])
local kept, probe, horizon = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[9])

local held = redis.call('PTTL', KEYS[3])
if held * 1000 > horizon then return {0, held} end

local today = math.floor(clock[1] / 86400)
if tonumber(redis.call('HGET', KEYS[1], 'date')) ~= today then
  redis.call('HSET', KEYS[1], 'date', today, 'spent', 0)
end
redis.call('EXPIRE', KEYS[1], 172800)

-- A grant that nobody settled belonged to a process that died: its tokens count as spent.
for _, grant in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do
  redis.call('HINCRBY', KEYS[1], 'spent', string.match(grant, '%d+$'))
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
local promised, others = 0, 0
for _, grant in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  promised, others = promised + tonumber(string.match(grant, '%d+$')), others + 1
end

-- What may be spent: the server's word if it gave one, else the plan's day less our own count.
local left = tonumber(redis.call('HGET', KEYS[1], 'left'))
local allowed, pause = tokens, 0
if left then
  allowed = left - kept - promised
  pause = tonumber(redis.call('HGET', KEYS[1], 'left_at')) + probe - now
elseif tonumber(ARGV[4]) >= 0 then
  allowed = tonumber(ARGV[4]) - kept - tonumber(redis.call('HGET', KEYS[1], 'spent')) - promised
  pause = (86400 - clock[1] % 86400) * 1000000
end

local each = tokens / requests
if allowed < each then
  if promised > 0 and allowed + promised >= each then return {0, 1000} end
  if pause > 0 then return {-1, math.ceil(pause / 1000)} end
  -- The server's word is old and its day may have begun anew: one request goes to ask.
  redis.call('HSET', KEYS[1], 'left_at', string.format('%.0f', now))
  requests, tokens, allowed = 1, math.ceil(each), each
end

-- No more than lasts for the horizon, shared with the handfuls under way.
local cap = tonumber(redis.call('HGET', KEYS[4], 'cap')) or tonumber(ARGV[7])
local share = math.max(1, math.floor(cap * horizon / tonumber(ARGV[8]) / (others + 1)))
local granted = math.min(requests, share)
if each > 0 then granted = math.min(granted, math.floor(allowed / each)) end
local price = math.ceil(each * granted)
redis.call('ZADD', KEYS[2], string.format('%.0f', now + tonumber(ARGV[10])), ARGV[1] .. ':' .. price)
redis.call('EXPIRE', KEYS[2], 3600)
return {1, granted, price}
