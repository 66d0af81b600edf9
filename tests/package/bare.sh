# bare.sh - part of run: the package in a Debian 12 that has little else, where no systemd runs.
#
# The root is made by mmdebstrap with what the package depends on and is kept as a tar, since that takes
# minutes; dpkg refuses the package when its Depends is not enough.
# shellcheck shell=sh disable=SC2154 # top, work, root and deb are those of run

make_root() {
    tar=$top/build/package/bookworm.tar
    # the package names its libraries; of alternatives the first
    packages=$(dpkg-deb -f "$deb" Depends | sed 's/|[^,]*//g; s/([^)]*)//g; s/ //g')
    if [ ! -e "$tar" ]; then
        echo "making a bare Debian 12"
        timeout 1500 mmdebstrap --variant=minbase --format=tar --include="$packages" bookworm "$tar.part"
        mv "$tar.part" "$tar"
    fi
    mkdir "$root"
    tar -C "$root" -xf "$tar"
    cp "$deb" "$root/tri-httpd.deb"
}

in_root() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

# All files but those that dpkg, systemd and the list of users keep their books in.
inventory() {
    (cd "$root" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./var/log \
        -o -path ./var/lib/dpkg -o -path ./var/cache -o -path ./tmp -o -path ./run \) -prune -o -print |
        grep -vE '^\./etc/(passwd|group|g?shadow)-$|^\./etc/\.pwd\.lock$' | sort)
}

serves_by_hand() {
    command=$(sed -n 's/^ExecStart=//p' "$root/usr/lib/systemd/system/tri-httpd.service")
    # shellcheck disable=SC2086 # a command with its flags
    chroot --userspec=tri-httpd:tri-httpd "$root" /usr/bin/env -i TRI_HTTPD_LISTEN=127.0.0.1:0 \
        $command >"$work/address" 2>"$work/errors" &
    pid=$!
    echo "$pid" >"$work/served"
    until_it 10 grep -q ' on http:' "$work/address" || { cat "$work/errors"; return 1; }
    url=$(sed -n 's/.* on \(http:.*\)/\1/p' "$work/address")
    curl -sS --max-time 10 "$url/" | grep -F '<h1>tri-httpd works</h1>'
    [ "$(curl -sS --max-time 10 -o "$work/body" -w '%{http_code}' "$url/hello")" = 404 ]
    kill -TERM "$pid"
    wait "$pid"
    rm "$work/served"
}

edit_survives() {
    echo '# edited' >>"$root/etc/tri-httpd/tri-httpd.conf"
    in_root dpkg -i /tri-httpd.deb
    tail -n 1 "$root/etc/tri-httpd/tri-httpd.conf" | grep -qx '# edited'
}

remove_keeps_settings() {
    in_root dpkg --remove tri-httpd
    [ ! -e "$root/usr/bin/tri-httpd" ]
    [ -e "$root/etc/tri-httpd/tri-httpd.conf" ]
}

nothing_is_left() {
    in_root dpkg --purge tri-httpd
    inventory >"$work/after"
    diff "$work/before" "$work/after"
    ! in_root dpkg-query -W tri-httpd
}

is_enabled() { [ -L "$root/etc/systemd/system/multi-user.target.wants/tri-httpd.service" ]; }

documented() { # each page that the unit names
    for page in $(sed -n 's/^Documentation=//p' "$root/usr/lib/systemd/system/tri-httpd.service"); do
        page=${page#man:}
        section=${page#*\(}
        section=${section%\)}
        ls "$root/usr/share/man/man$section/${page%%\(*}.$section.gz"
    done
}
