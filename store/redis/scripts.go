package redis

import "github.com/valkey-io/valkey-go"

// A counter is its digits. A value is the letter v, its version in eight bytes, and
// itself: so one command reads both, and none takes one for the other. Each script
// asks for one key, so that it runs wherever in a cluster that is, and writes once, so
// that there is no half of it. The commands are those that user rights name
// (docs/stores.md).

// add takes what to add and the life in ms, and returns what it comes to and what is
// left of the life; -1 is a value. Numbers in Lua are exact up to 2^53 - 1, which is
// pavise.MaxCount.
var add = valkey.NewLuaScript(`
local old, n, life = redis.call('GETRANGE', KEYS[1], 0, 31), tonumber(ARGV[1]), tonumber(ARGV[2])
if old == '' then
  if n <= 0 then return {0, 0} end
  if life > 0 then redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
  return {n, math.max(0, life)}
end
local sum = tonumber(old)
if not sum then return {-1, 0} end
if n ~= 0 then
  sum = math.min(math.max(0, sum + n), tonumber(ARGV[3]))
  redis.call('SET', KEYS[1], string.format('%.0f', sum), 'KEEPTTL')
end
return {sum, redis.call('PTTL', KEYS[1])}`)

// swap takes the letter and the version that must be there, or nothing, then what to
// write, and the life in ms. It returns whether that was there; -1 is a counter.
var swap = valkey.NewLuaScript(`
local head = redis.call('GETRANGE', KEYS[1], 0, 8)
if head ~= ARGV[1] then
  if head ~= '' and string.sub(head, 1, 1) ~= 'v' then return -1 end
  return 0
end
if tonumber(ARGV[3]) > 0 then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
else
  redis.call('DEL', KEYS[1])
end
return 1`)
