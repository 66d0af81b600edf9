# table.awk - Markdown tables of medians from the lines of build/bench/raw: SECTION SERVER NAME=VALUE...
#
# A line is one measurement. Errors are added up; of everything else the median is shown.

{
    if (!($1 in known)) {
        known[$1] = 1
        sections[++section_count] = $1
    }
    if (!(($1, $2) in runs))
        servers[$1, ++server_count[$1]] = $2
    runs[$1, $2]++
    for (i = 3; i <= NF; i++) {
        at = index($i, "=")
        key = $1 SUBSEP $2 SUBSEP substr($i, 1, at - 1)
        value[key, ++count[key]] = substr($i, at + 1) + 0
        sum[key] += value[key, count[key]]
    }
}

# Sort the values of a key in place: there are few.
function sort(key,    i, j, v) {
    for (i = 2; i <= count[key]; i++) {
        v = value[key, i]
        for (j = i - 1; j > 0 && value[key, j] > v; j--)
            value[key, j + 1] = value[key, j]
        value[key, j + 1] = v
    }
}

function has(section, server, name) { return ((section SUBSEP server SUBSEP name) in count) }

function median(section, server, name,    key, n) {
    key = section SUBSEP server SUBSEP name
    if (!(key in count))
        return 0
    sort(key)
    n = count[key]
    return n % 2 ? value[key, (n + 1) / 2] : (value[key, n / 2] + value[key, n / 2 + 1]) / 2
}

function show(section, server, name, format, divisor) {
    if (!has(section, server, name) || (name ~ /^p[0-9]+$/ && median(section, server, name) == 0))
        return "-" # wrk knows no high percentiles of pipelines
    return sprintf(format, median(section, server, name) / divisor)
}

function range(section, server, name, format,    key) {
    key = section SUBSEP server SUBSEP name
    if (!(key in count) || count[key] < 2)
        return ""
    sort(key)
    return sprintf(" (" format "-" format ")", value[key, 1], value[key, count[key]])
}

function total(section, server, name) { return sum[section, server, name] + 0 }

function ratio(section, name, server, base) {
    if (!has(section, server, name) || median(section, base, name) == 0)
        return 0
    return median(section, server, name) / median(section, base, name)
}

function is_ours(server) { return server ~ /^(threads|loop|mn)/ }

# Whom a server is compared with: the floor of its architecture, or the best of the others.
function base_of(section, server,    i, one, best) {
    if (has(section, "floor-epoll", "cpu") || has(section, "floor-threads", "cpu"))
        return server ~ /^(threads|floor-threads|apache)/ ? "floor-threads" : "floor-epoll"
    best = ""
    for (i = 1; i <= server_count[section]; i++) {
        one = servers[section, i]
        if (!is_ours(one) && has(section, one, "cpu") &&
            (best == "" || median(section, one, "cpu") < median(section, best, "cpu")))
            best = one
    }
    return best
}

function switches(section, server) {
    return show(section, server,
        has(section, server, "counted_switches") ? "counted_switches" : "switches", "%.2f", 1)
}

function load_table(section,    i, s, base, r) {
    print "| server | req/s | CPU s / 100k | against | p50 ms | p99 ms | p99.9 ms | switches/req |" \
        " system calls/req | threads | errors |"
    print "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for (i = 1; i <= server_count[section]; i++) {
        s = servers[section, i]
        base = base_of(section, s)
        r = ratio(section, "cpu", s, base)
        printf "| %s | %s | %s%s | %s | %s | %s | %s | %s | %s | %s | %d |\n", s,
            show(section, s, "rps", "%d", 1), show(section, s, "cpu", "%.3f", 1),
            range(section, s, "cpu", "%.3f"), r ? sprintf("%.2f x %s", r, base) : "-",
            show(section, s, "p50", "%.2f", 1000), show(section, s, "p99", "%.2f", 1000),
            show(section, s, "p999", "%.2f", 1000), switches(section, s),
            show(section, s, "calls", "%.2f", 1), show(section, s, "threads", "%d", 1),
            total(section, s, "errors") + total(section, s, "refused")
    }
}

function idle_table(section,    i, s) {
    print "| server | bytes / connection | before KiB | after KiB | held | threads | errors |"
    print "|---|--:|--:|--:|--:|--:|--:|"
    for (i = 1; i <= server_count[section]; i++) {
        s = servers[section, i]
        printf "| %s | %s%s | %s | %s | %s | %s | %d |\n", s, show(section, s, "bytes", "%d", 1),
            range(section, s, "bytes", "%d"), show(section, s, "before", "%d", 1),
            show(section, s, "after", "%d", 1), show(section, s, "held", "%d", 1),
            show(section, s, "threads", "%d", 1), total(section, s, "errors")
    }
}

function beside_table(section,    i, s) {
    print "| server | p50 ms | p99 ms | p99.9 ms | max ms | p99 against threads | slow req/s |" \
        " unanswered | client late p99 ms | threads | errors |"
    print "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for (i = 1; i <= server_count[section]; i++) {
        s = servers[section, i]
        printf "| %s | %s | %s%s | %s | %s | %.2f | %s | %d | %s | %s | %d |\n", s,
            show(section, s, "p50", "%.2f", 1000), show(section, s, "p99", "%.2f", 1000),
            range(section, s, "p99", "%d us"), show(section, s, "p999", "%.2f", 1000),
            show(section, s, "max", "%.1f", 1000), ratio(section, "p99", s, "threads"),
            show(section, s, "slow_rps", "%.1f", 1), total(section, s, "unanswered"),
            show(section, s, "late_p99", "%.2f", 1000), show(section, s, "threads", "%d", 1),
            total(section, s, "errors")
    }
}

function skew_table(section,    i, s) {
    print "| server | req/s | p50 ms | p99 ms | CPU s / 100k | errors |"
    print "|---|--:|--:|--:|--:|--:|"
    for (i = 1; i <= server_count[section]; i++) {
        s = servers[section, i]
        printf "| %s | %s%s | %s | %s | %s | %d |\n", s, show(section, s, "rps", "%d", 1),
            range(section, s, "rps", "%d"), show(section, s, "p50", "%.2f", 1000),
            show(section, s, "p99", "%.2f", 1000), show(section, s, "cpu", "%.2f", 1),
            total(section, s, "errors")
    }
}

# --- bars: what we hold ourselves to --------------------------------------------------------------

function bar(what, found, most) {
    if (found > 0)
        printf "| %s | %.2f | %s %.2f | %s |\n", what, found, most < 0 ? ">=" : "<=",
            most < 0 ? -most : most, (most < 0 ? found >= -most : found <= most) ? "yes" : "**no**"
}

function bar_ratio(section, name, server, base, most) {
    bar(section ", " server " against " base ", " name, ratio(section, name, server, base), most)
}

function bar_value(section, name, server, most) {
    bar(section ", " server ", " name, median(section, server, name), most)
}

function bars(    n, i, hello, base) {
    print "\n## Bars\n"
    print "| | found | bar | met |"
    print "|---|--:|--:|---|"
    n = split("hello64 hello1000 hello10000", hello, " ")
    for (i = 1; i <= n; i++) {
        bar_ratio(hello[i], "cpu", "loop", "floor-epoll", 1.08)
        bar_ratio(hello[i], "cpu", "mn", "floor-epoll", 1.12)
        bar_ratio(hello[i], "cpu", "mn", "go", 0.6)
    }
    for (i = 1; i < n; i++) {
        bar_ratio(hello[i], "cpu", "threads", "floor-threads", 1.15)
        bar_ratio(hello[i], "cpu", "threads", "apache", 0.35)
    }
    bar_value("hello64", "calls", "loop", 2.1)
    bar_value("hello64", "calls", "mn", 2.1)
    bar_value("pipeline", "rps", "loop", -1000000)
    bar_ratio("pipeline", "rps", "loop", "nginx", -5)
    bar_ratio("close", "cpu", "loop", "nginx", 1)
    bar_ratio("close", "cpu", "mn", "nginx", 1)
    bar_ratio("close", "cpu", "threads", "nginx", 1.4)
    bar_ratio("files1k", "cpu", "loop", "h2o", 1)
    bar_ratio("files1k", "cpu", "mn", "h2o", 1)
    n = split("files64k files1m", hello, " ")
    for (i = 1; i <= n; i++) {
        base = base_of(hello[i], "loop")
        bar_ratio(hello[i], "cpu", "loop", base, 1)
        bar_ratio(hello[i], "cpu", "mn", base, 1)
        bar_ratio(hello[i], "cpu", "threads", base, 1)
    }
    bar_value("idle", "bytes", "loop", 400)
    bar_value("idle", "bytes", "mn", 500)
    bar_value("idle", "bytes", "threads", 9000)
    bar_ratio("cpu4", "p99", "mn", "threads", 1.5)
    bar_ratio("cpu4", "p99", "mn", "go", 0.05)
    bar("block16, mn, p99 ms", median("block16", "mn", "p99") / 1000, 10)
    bar("block4, loop, p99 ms", median("block4", "loop", "p99") / 1000, 10)
    bar("block4, loop-offload0 stalls: p99 ms", median("block4", "loop-offload0", "p99") / 1000, -100)
    bar_ratio("tls64", "cpu", "loop", "nginx", 1)
    bar_ratio("tls64", "cpu", "mn", "nginx", 1)
    bar_ratio("handshakes", "cpu", "loop", "nginx", 1.05)
    bar_ratio("handshakes", "cpu", "mn", "nginx", 1.05)
    bar_ratio("handshakes", "cpu", "threads", "nginx", 1.05)
    bar_ratio("tlsidle", "bytes", "loop", "nginx", 1)
    bar_ratio("tlsidle", "bytes", "mn", "nginx", 1)
    bar_ratio("skew", "rps", "mn", "mn-nosteal", -1.2)
}

END {
    title["pipeline"] = "pipelines of 16, 64 connections"
    title["close"] = "Connection: close, 64 at once"
    title["files1k"] = "files of 1 KiB, 64 connections"
    title["files64k"] = "files of 64 KiB, 64 connections"
    title["files1m"] = "files of 1 MiB, 64 connections"
    title["idle"] = "idle memory: 9,500 connections that had one request answered"
    title["cpu4"] = "3,000 req/s beside four connections on /cpu?ms=200"
    title["block4"] = "3,000 req/s beside four connections on /block?ms=500"
    title["block16"] = "3,000 req/s beside sixteen connections on /block?ms=500"
    title["tls64"] = "hello over TLS, 64 connections"
    title["handshakes"] = "full handshakes: Connection: close over TLS, 64 at once"
    title["resumed"] = "resumed handshakes: four clients with a ticket"
    title["tlsidle"] = "idle memory over TLS: 5,000 connections that had one request answered"
    title["skew"] = "eight connections of one worker, on a file that is compressed"
    for (k = 1; k <= section_count; k++) {
        name = sections[k]
        about = title[name]
        if (name ~ /^hello/)
            about = "hello, " substr(name, 6) " connections"
        if (name ~ /^sleep/)
            about = substr(name, 6) " connections on /sleep?ms=100"
        printf "\n## %s: %s\n\n", name, about
        if (name ~ /idle$/)
            idle_table(name)
        else if (name ~ /^(cpu|block)/)
            beside_table(name)
        else if (name == "skew")
            skew_table(name)
        else
            load_table(name)
    }
    bars()
}
