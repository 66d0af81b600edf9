#!/bin/sh
# arrows.sh ROOT - includes follow the arrows: each folder sees only the layers below it.
set -eu
cd -- "$1"

# folder, then the folders and files it may include; <x> stands for third-party headers
arrows='
server           server/ config/
server/base      server/base/ <sanitizer/>
server/http      server/base/ server/http/ <llhttp.h>
server/net       server/base/ server/net/ <openssl/>
server/core      server/base/ server/http/ server/net/ server/core/
server/handlers  server/base/ server/handlers/ server/http/exchange.h server/http/straight.h server/http/date.h server/http/escape.h
server/handlers/files server/base/ server/handlers/files/ server/http/exchange.h server/http/date.h server/http/escape.h server/http/range.h server/http/conditional.h server/http/coding.h <zlib.h> <brotli/>
config           server/base/ config/ <confuse.h>
config/manual    config/ loadtest/flags.def
modes            server/base/ server/core/ server/net/listener.h server/net/tls.h server/net/transport.h modes/ <ev.h>
modes/mn         server/base/ server/core/ server/net/listener.h modes/ <sanitizer/>
loadtest         server/base/ loadtest/ <llhttp.h> <openssl/>
'
# system calls have no business where HTTP is pure
impure='<(unistd|fcntl|poll|signal|pthread|netdb|time|sys/[^t][^>]*|netinet/[^>]*)\.h>'

find server config modes loadtest -name '*.[chS]' | sort | xargs grep -HE '^ *# *include' |
    awk -v arrows="$arrows" -v impure="$impure" '
    BEGIN {
        rows = split(arrows, row, "\n")
        for (i = 1; i <= rows; i++) {
            words = split(row[i], word, " ")
            for (j = 2; j <= words; j++)
                may[word[1]] = may[word[1]] " " word[j]
        }
    }
    function allowed(folder, name,    words, word, i) {
        words = split(may[folder], word, " ")
        for (i = 1; i <= words; i++) {
            sub(/>$/, "", word[i])
            if (index(name, word[i]) == 1)
                return 1
        }
        return 0
    }
    function complain(why) { print file ": " name ": " why; bad++ }
    {
        seen++
        file = $0; sub(/:.*/, "", file)
        folder = file; sub(/\/[^\/]*$/, "", folder)
        name = $0; sub(/^[^"<]*/, "", name); sub(/[^">]*$/, "", name)
        if (file == "server/main.c")
            next                                   # it knows everybody
        if (!(folder in may))
            complain("no arrow starts in " folder)
        else if (name ~ /^"/) {
            inner = name; gsub(/"/, "", inner)
            if (!allowed(folder, inner))
                complain("no arrow from " folder " to it")
        } else if (name ~ /^<(llhttp|openssl\/|ev\.h|confuse|zlib\.h|brotli\/|sanitizer\/)/ && !allowed(folder, name))
            complain("a library that " folder " does not use")
        if (folder == "server/http" && name ~ impure)
            complain("server/http is pure: no system calls, no clock")
    }
    END {
        print seen + 0 " includes looked at, " bad + 0 " against the arrows"
        exit bad > 0 || seen == 0
    }'
