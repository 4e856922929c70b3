-- Ends a grant: what it used is spent, the rest is free again; the server's newest word about the day is kept.
-- KEYS day, grants    ARGV 1 member of grants (empty: none)  2 tokens used  3 tokens left by the server's word (-1 none)  4 its age
-- in microseconds
local clock = redis.call('TIME')
local said_at = clock[1] * 1000000 + clock[2] - tonumber(ARGV[4])
local today = math.floor(clock[1] / 86400)
if tonumber(redis.call('HGET', KEYS[1], 'date')) ~= today then
  redis.call('HSET', KEYS[1], 'date', today, 'spent', 0)
end
-- A grant that outlived its life was counted in full when it was swept away.
if ARGV[1] == '' or redis.call('ZREM', KEYS[2], ARGV[1]) == 1 or redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('HINCRBY', KEYS[1], 'spent', ARGV[2])
end
if tonumber(ARGV[3]) >= 0 then
  if said_at >= (tonumber(redis.call('HGET', KEYS[1], 'left_at')) or 0) then
    redis.call('HSET', KEYS[1], 'left', ARGV[3], 'left_at', string.format('%.0f', said_at))
  end
elseif redis.call('HEXISTS', KEYS[1], 'left') == 1 then
  redis.call('HINCRBY', KEYS[1], 'left', -tonumber(ARGV[2]))
end
redis.call('EXPIRE', KEYS[1], 172800)
return 1
