# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: BSD-2-Clause
# Pairs of daemons for bench/suites/peers.sh: in a network namespace of its own each, one ikehubd and one charon with the
# same file of connections. Sourced, after bench/suites/lib.sh.
#
# All traffic stays within the namespace: ikeload speaks from a range of local addresses, a peer each, over the loopback
# device to the address of the daemons. charon wants port 500, whatever its configuration says.
: "${work:?}" "${root:?}" "${build_root:?}" "${programs:?}" "${responder_core:?}" "${initiator_core:?}" "${daemon_pid?}"

hub_address=10.9.0.1
peer_range=10.64.0.0/10+32
charon_binary=/usr/sbin/charon-systemd

# What strongSwan's documentation says about many tunnels: a table of IKE_SAs of the order of their number, in segments that
# are locked by themselves; no limits on half-open ones. Half of the 16 threads that are the default, since it has one
# core; with four it does not work, for as many have permanent tasks. Its log has less than ikehubd's: level 0.
charon_tuning="threads = 8
    ikesa_table_size = 65536
    ikesa_table_segments = 256
    block_threshold = 0
    init_limit_half_open = 0
    cookie_threshold_ip = 0
    half_open_timeout = 60"
hub_tuning="block_threshold = 100000
    init_limit_prefix = 100000
    init_limit_half_open = 100000"

# Namespaces made, and address ports of ikehubd, which has to leave port 500 to charon.
spaces=()
hub_port=15500

lab_close() {
    local space
    for space in "${spaces[@]}"; do
        ip netns delete "$space" || true
    done
}

# lab_open: what all pairs share. A process that was killed has to be gone before its namespace is.
lab_open() {
    trap 'clean_up 2>/dev/null; lab_close' EXIT
    cc -shared -fPIC -O2 -D_GNU_SOURCE -o "$work/charon_null.so" "$root/bench/peers/charon_null.c"
    lab_authority
}

# lab_authority: an authority, and a certificate of its for the daemons, RSA of 2048 bits.
lab_authority() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/ca.key" -out "$work/ca.pem" -days 30 \
        -subj "/O=Benchmark/CN=Authority" 2>/dev/null
    openssl req -newkey rsa:2048 -nodes -keyout "$work/hub.key" -out "$work/hub.csr" \
        -subj "/O=Benchmark/CN=hub.example" 2>/dev/null
    openssl x509 -req -in "$work/hub.csr" -CA "$work/ca.pem" -CAkey "$work/ca.key" -CAcreateserial -days 30 \
        -extfile <(echo "subjectAltName=DNS:hub.example") -out "$work/hub.pem" 2>/dev/null
}

# lab_connections AUTH: psk or pubkey. Neither side makes anything anew by itself, nor compares peers with each other.
lab_connections() {
    cat <<CONF
connections {
    bench {
        version = 1
        local_addrs = $hub_address
        remote_addrs = %any
        proposals = aes128-sha256-modp2048, aes128-sha256-ecp256
        unique = never
        rekey_time = 0
        reauth_time = 0
        local {
            auth = $1
            id = hub.example
            $([ "$1" = psk ] || echo "certs = hub.pem")
        }
        remote {
            auth = $1
            id = *.example
        }
        children {
            net {
                local_ts = 192.168.0.0/16
                remote_ts = 10.0.0.0/8
                esp_proposals = aes128-sha256
                rekey_time = 0
                life_time = 8h
            }
        }
    }
}
secrets {
    ike-bench {
        secret = benchmark
    }
}
CONF
}

# pair_open NAME AUTH: both daemons; sets pid[ikehub-NAME] and pid[strongswan-NAME].
declare -A pid
pair_open() {
    local directory=$work/$1 space=ike-bench-$1-$$ folder
    ip netns add "$space"
    spaces+=("$space")
    ip -n "$space" link set lo up
    ip -n "$space" link add hub type veth peer name hub-end
    ip -n "$space" address add "$hub_address/24" dev hub
    ip -n "$space" link set hub up
    ip -n "$space" link set hub-end up
    ip -n "$space" route add local "${peer_range%+*}" dev lo
    for folder in x509 x509ca x509ocsp x509aa x509ac x509crl pubkey private rsa ecdsa bliss pkcs8 pkcs12; do
        mkdir -p "$directory/$folder"
    done
    cp "$work/hub.pem" "$directory/x509/"
    cp "$work/hub.key" "$directory/private/"
    cp "$work/ca.pem" "$directory/x509ca/"
    lab_connections "$2" >"$directory/swanctl.conf"
    hub_open "$1" "$directory" "$space"
    charon_open "$1" "$directory" "$space"
    pair_proposal[$1]=$2
}

in_space() {
    local space=$1
    shift
    exec ip netns exec "$space" "$@"
}

hub_open() {
    local name=ikehub-$1
    {
        echo "ikehub {"
        echo "    $hub_tuning"
        echo "}"
        cat "$2/swanctl.conf"
    } >"$2/ikehub.conf"
    printf '#!/bin/sh\nexec ip netns exec %s %s "$@"\n' "$3" "$build_root/release/shard/ikehubd" >"$work/$name"
    chmod +x "$work/$name"
    daemon_binary=$work/$name
    daemon_start "$work/$name.log" --listen "$hub_address" --port "$hub_port" --port-nat-t "$((hub_port + 1))" \
        --config "$2/ikehub.conf" --shards 1
    adopt "$name" "$daemon_pid"
}

charon_open() {
    local name=strongswan-$1 tries
    cat >"$2/strongswan.conf" <<CONF
charon-systemd {
    load = aes sha1 sha2 random nonce x509 revocation constraints pubkey pkcs1 pkcs8 pem openssl hmac kdf drbg kernel-netlink socket-default vici
    install_routes = no
    process_route = no
    $charon_tuning
    filelog {
        log {
            path = $work/$name.log
            default = 0
        }
    }
    plugins {
        vici {
            socket = unix://$2/vici
        }
    }
}
CONF
    (
        export STRONGSWAN_CONF=$2/strongswan.conf SWANCTL_DIR=$2 LD_PRELOAD=$work/charon_null.so
        in_space "$3" "$charon_binary"
    ) >"$work/$name.out" 2>&1 &
    adopt "$name" "$!"
    for ((tries = 0; tries < 100; tries++)); do
        [ ! -S "$2/vici" ] || break
        sleep 0.1
    done
    STRONGSWAN_CONF=$2/strongswan.conf SWANCTL_DIR=$2 \
        swanctl --load-all --noprompt --uri "unix://$2/vici" >"$work/$name.load" 2>&1 || {
        cat "$work/$name.load" >&2
        return 1
    }
    pin "$responder_core" "${pid[$name]}"
}

# adopt NAME PID: a daemon that has to be ended on the way out, on the responders' core.
adopt() {
    pid[$1]=$2
    helpers+=("$2")
    pin "$responder_core" "$2"
}

declare -A pair_proposal

# So many certificates take turns among the peers of one load: neither daemon remembers as many.
certificates=2000

# pair_load WHO-NAME ARGUMENT...: sets `summary` to ikeload's, of tunnels with that daemon. That one fails is told in
# the summary, and no error.
pair_load() {
    local name=${1#*-} port=500
    local -a credentials=(--psk benchmark)
    [[ $1 != ikehub-* ]] || port=$hub_port
    [ "${pair_proposal[$name]}" = psk ] ||
        credentials=(--auth rsa --ca "$work/ca.pem" --ca-key "$work/ca.key" --certificates "$certificates")
    local target=$1
    shift
    summary=$(ip netns exec "ike-bench-$name-$$" taskset -c "$initiator_core" "$programs/load/ikeload" \
        --target "$hub_address:$port" --source-range "$peer_range" "${credentials[@]}" --json \
        --responder-pid "${pid[$target]}" "$@" 2>"$work/load.log") || true
    if [ -z "$summary" ]; then
        tail -n 3 "$work/load.log" >&2
        return 1
    fi
}

# settle WHO: until the daemon has worked off what it was told last: less than 1 % of a core for half a second.
settle() {
    local before after tries
    before=$(cpu_ns "${pid[$1]}")
    for ((tries = 0; tries < 60; tries++)); do
        sleep 0.5
        after=$(cpu_ns "${pid[$1]}")
        [ $((after - before)) -ge 5000000 ] || return 0
        before=$after
    done
}

# resident WHO: bytes.
resident() {
    resident_bytes "${pid[$1]}"
}
