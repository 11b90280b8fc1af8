-- Reads the newest entries of a service's events without their documents, which may have megabytes each.
--
-- KEYS[1] events stream  {prefix}:{service}:events
-- ARGV[1] count          at most this many entries, decimal
--
-- Answers a list, newest first, of lists: entry id, epoch, cause, by, digest. Writes nothing.

local answer = {}
for _, entry in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', ARGV[1])) do
  local field = {}
  for i = 1, #entry[2], 2 do field[entry[2][i]] = entry[2][i + 1] end
  answer[#answer + 1] =
    { entry[1], field.epoch or '', field.cause or '', field.by or '', field.digest or '' }
end
return answer
