-- What wrk sends and says: the bytes of the request file as they are, and one line of JSON at the end.
--   wrk … -s load.lua URL -- REQUEST-FILE

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  local request = file:read("*a")
  file:close()
  wrk.format = function() return request end
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"requests":%d,"microseconds":%d,"errors":%d,"p50":%d,"p99":%d}',
    summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)
  ))
end
