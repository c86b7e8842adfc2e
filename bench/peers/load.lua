-- Sends the HTTP requests of the file $REQUESTS, separated by NUL, in turn, and prints one line of JSON at the end.
local requests, count, at = {}, 0, 0
function init()
  local file = io.open(os.getenv("REQUESTS"), "rb")
  for one in string.gmatch(file:read("*a"), "[^%z]+") do
    count = count + 1
    requests[count] = one
  end
  file:close()
  at = math.random(count) - 1
end
function request()
  at = at % count + 1
  return requests[at]
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    'RESULT {"requests":%d,"perSecond":%.1f,"p50":%.3f,"p99":%.3f,"bytes":%d,"errors":%d}\n',
    summary.requests, summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.bytes, e.connect + e.read + e.write + e.status + e.timeout))
end
