/// The scripts that run inside Redis. Their texts are those of `redis/*.lua`, letter for letter; a test compares.
extension RedisScript {
    /// `redis/commit.lua`: compare, store, record, announce.
    static let commit = RedisScript(
        sha1: "5f8a24615f703aac249b3c1b422e2e8c2b36fc61",
        text: #"""
            -- Commits one ring of one service: compare, store, record, announce, in one step that no other client sees half done.
            --
            -- KEYS[1] ring hash      {prefix}:{service}:ring      (its channel has the same name)
            -- KEYS[2] events stream  {prefix}:{service}:events
            -- KEYS[3] leader string  {prefix}:{service}:leader    "holder#fence"
            -- KEYS[4] nodes hash     {prefix}:{service}:nodes
            -- All four share one hash tag. The set {prefix}:services does not, so it is not touched here: SADD it before.
            --
            -- ARGV[1] leader   who commits; "" = not checked
            -- ARGV[2] fence    the leader's fencing number, decimal; "0" if there is none
            -- ARGV[3] epoch    of the document, decimal without leading zeros, 1...2^53-1
            -- ARGV[4] digest   of the document, 16 hex digits
            -- ARGV[5] cause    why the ring changed, for people
            -- ARGV[6] by       which process wrote it, for people
            -- ARGV[7] at       Unix milliseconds, decimal (passed in: a script's own clock would differ between replicas)
            -- ARGV[8] document the sealed JSON document
            -- ARGV[9] count    how many nodes' records follow: ARGV[10] id, ARGV[11] record, ... ; every further ARGV is an id to remove
            --
            -- Answers "OK", or "SAME" if this very document is stored already (a retry after a lost answer). Errors, first word first:
            --   STALE <stored epoch>   the stored epoch is not lower
            --   NOTLEADER <who is>     ARGV[1] and ARGV[2] are not what the leader key says
            --   FENCED <stored fence>  a later leader has written already
            --   BADARGS <which>        an argument is missing or has the wrong form; nothing was written
            --
            -- Numbers are compared as decimal text: a Lua number is a double and loses digits from 2^53 on.

            local function lower(a, b)
              if #a ~= #b then return #a < #b end
              return a < b
            end

            local function isNumber(text) return text == '0' or string.match(text or '', '^[1-9][0-9]*$') ~= nil end

            if #KEYS ~= 4 or #ARGV < 9 then return redis.error_reply('BADARGS count') end
            local leader, fence, epoch, digest = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
            local document, count = ARGV[8], tonumber(ARGV[9])
            if not isNumber(fence) then return redis.error_reply('BADARGS fence') end
            if not isNumber(epoch) or epoch == '0' then return redis.error_reply('BADARGS epoch') end
            if not count or #ARGV < 9 + 2 * count then return redis.error_reply('BADARGS nodes') end

            if leader ~= '' then
              local holder = redis.call('GET', KEYS[3]) or ''
              if holder ~= leader .. '#' .. fence then return redis.error_reply('NOTLEADER ' .. holder) end
            end

            local stored = redis.call('HMGET', KEYS[1], 'epoch', 'digest', 'fence')
            if stored[3] and isNumber(stored[3]) and lower(fence, stored[3]) then
              return redis.error_reply('FENCED ' .. stored[3])
            end
            if stored[1] and isNumber(stored[1]) and not lower(stored[1], epoch) then
              if stored[1] == epoch and stored[2] == digest then return redis.status_reply('SAME') end
              return redis.error_reply('STALE ' .. stored[1])
            end

            redis.call('HSET', KEYS[1], 'document', document, 'epoch', epoch, 'digest', digest, 'fence', fence,
              'cause', ARGV[5], 'by', ARGV[6], 'at', ARGV[7])
            for i = 10, 9 + 2 * count, 2 do redis.call('HSET', KEYS[4], ARGV[i], ARGV[i + 1]) end
            for i = 10 + 2 * count, #ARGV do redis.call('HDEL', KEYS[4], ARGV[i]) end
            redis.call('XADD', KEYS[2], 'MAXLEN', '~', 1000, '*', 'epoch', epoch, 'cause', ARGV[5], 'by', ARGV[6],
              'digest', digest, 'document', document)

            -- Redis closes subscribers whose output buffer grows too far; a long document is fetched by those who need it.
            local message = document
            if #document > 16384 then message = '{"epoch":' .. epoch .. ',"digest":"' .. digest .. '"}' end
            redis.call('PUBLISH', KEYS[1], message)
            return redis.status_reply('OK')

            """#)
}
