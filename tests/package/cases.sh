# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# What scripts share that run in a Debian of their own. Sourced there, as /packages/cases.sh.

socket=/run/ikehub/ikehub.vici
: "${tunnels:=20}"

# settle TRIES COMMAND...: a tenth of a second between two tries.
settle() {
    local tries=$1
    shift
    for (( ; tries > 0; tries--)); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.1
    done
    "$@"
}

# check NAME COMMAND...: in a shell of its own, since -e is off inside a function that is tested.
check() {
    local name=$1 status
    shift
    set +e
    (
        set -e
        "$@"
    ) >/tmp/output 2>&1
    status=$?
    set -e
    if [ "$status" -eq 0 ]; then
        echo "case package.$name: passed"
    else
        echo "case package.$name: failed (status $status)"
        tail -n 40 /tmp/output
    fi
}

# Of the connection that the administrator writes; XFRM is not needed for it.
configure() {
    sed -i 's/^    kernel = xfrm$/    kernel = null/' /etc/ikehub/ikehub.conf
    grep -q '^    kernel = null$' /etc/ikehub/ikehub.conf
    umask 027
    cat >/etc/ikehub/conf.d/spokes.conf <<'CONF'
connections {
    spokes {
        version = 1
        local_addrs = 127.0.0.1
        remote_addrs = 127.0.0.0/8
        proposals = aes128-sha256-ecp256
        local {
            auth = psk
            id = hub.example.org
        }
        remote {
            auth = psk
        }
        children {
            net {
                local_ts = 192.168.0.0/16
                remote_ts = 10.0.0.0/8
                esp_proposals = aes128-sha256
            }
        }
    }
}
secrets {
    ike-spokes {
        secret = packaged
    }
}
CONF
    ikehubd --check
}

has_tunnels() {
    swanctl --list-sas --raw --uri "unix://$socket" | grep -o 'state=ESTABLISHED' | wc -l | grep -qx "$tunnels"
}

# They are held until this machine ends.
brings_tunnels_up() {
    ikeload --target 127.0.0.1:500 --source 127.0.0.2 --count "$tunnels" --proposal aes128-sha256-ecp256 \
        --psk packaged --remote-id hub.example.org --hold >/tmp/ikeload.report 2>&1 &
    settle 300 has_tunnels
}
