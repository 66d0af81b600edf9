-- wrk.lua - wrk's figures in one line, and requests in batches: wrk -s wrk.lua URL -- DEPTH
--
-- Times are in microseconds. The request stays static (wrk.request is replaced after wrk.init made
-- its own, and no function `request` is defined), so that wrk does not enter Lua for each of them.
local begin = wrk.init

function wrk.init(args)
   begin(args)
   local batch = string.rep(wrk.format(), tonumber(args[1]) or 1)
   wrk.request = function() return batch end
end

function done(summary, latency)
   local e = summary.errors
   io.write(string.format(
      "wrk: requests=%d rps=%.1f p50=%d p99=%d p999=%d errors=%d refused=%d\n",
      summary.requests, summary.requests / summary.duration * 1e6, latency:percentile(50),
      latency:percentile(99), latency:percentile(99.9),
      e.read + e.write + e.timeout + e.status, e.connect))
end
