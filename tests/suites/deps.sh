#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# who may include and call whom: the folders, OpenSSL, and what core takes from the system
# needs: build test
. "$(dirname "$0")/lib.sh"

# folder : the prefixes of our own headers that it may include. bench and tests may include anything.
arrows='
core/x4/core   : x4/core/
core/x4/net    : x4/core/ x4/net/
core/x4/misc   : x4/core/ x4/misc/
core/x4/crypto : x4/core/ x4/net/ x4/misc/ x4/crypto/
core/x4/ike    : x4/core/ x4/net/ x4/misc/ x4/crypto/ x4/ike/
ioring         : ioring/
store          : x4/ store/
shard          : x4/ ioring/ store/ shard/
'

# Core is sans I/O: of the system it knows these headers, arpa/inet.h only for inet_pton and inet_ntop, and the last two
# for the processor's vector unit.
core_headers='assert ctype errno inttypes limits stdalign stdarg stdbool stddef stdint stdio stdlib string arpa/inet cpuid immintrin'

# What a core without socket, clock, file, thread and environment may still call: the C library's memory, string and
# formatting functions, what compiler flags bring in, and of OpenSSL what neither reads files nor opens sockets.
core_symbols='^(x4_|_GLOBAL_OFFSET_TABLE_|__(stack_chk|assert|ctype|errno_location|mem|str|v?snprintf|explicit_bzero)'
core_symbols+='|(mem|str|inet_)[a-z]+$|v?snprintf$|(abort|qsort|bsearch|malloc|calloc|realloc|free|explicit_bzero|bcmp)$'
core_symbols+='|(EVP|OSSL|OPENSSL|ERR|BN|CRYPTO|OBJ|EC_(GROUP|POINT|curve))_|RAND_(priv_)?bytes'
core_symbols+='|(ASN1_(INTEGER|OCTET_STRING|STRING|TIME)|ECDSA_SIG|GENERAL_NAMES?|PKCS7)_'
core_symbols+='|(d2i|i2d)_[A-Za-z0-9]+(_SIG|_NAME|_CRL|_PUBKEY|_RESPONSE|_PRIV_KEY_INFO)?$'
core_symbols+='|OCSP_((BASICRESP|CERTID|SINGLERESP|id|resp|single)_|RESPONSE_free$|basic_verify$|cert_to_id$|response_(get1_basic|status)$)'
core_symbols+='|PKCS8_(PRIV_KEY_INFO_free|decrypt)$'
core_symbols+='|X509_(ALGOR|CRL|EXTENSION|NAME|SIG|STORE_CTX|VERIFY_PARAM|get|get0)_|X509_STORE_(new|free|add_cert|get0_param|set_flags)$'
core_symbols+='|X509_(check_ca|cmp|email_free|free|get1_ocsp|up_ref|verify_cert|verify_cert_error_string)$)'

# includes FOLDER KIND: "FILE: HEADER" for each #include with " or < in the folder.
includes() {
    local kind=$2
    grep -rEn --include='*.[ch]' "^ *# *include *$kind" "$root/$1" 2>/dev/null |
        sed -E "s,^$root/([^:]*):([0-9]+):[^<\"]*[<\"]([^>\"]*).*,\1:\2: \3,"
}

# A folder that includes one of ours from outside its list. Headers beside the file itself must be named in full, too.
wrong_way() {
    local folder=$1 allowed=$2 pattern
    pattern=$(echo "$allowed" | sed -E 's/^ +| +$//g; s/ +/|/g')
    includes "$folder" '"' | grep -vE ": ($pattern)" || true
}

direction() {
    local found
    [ -d "$root/$1" ] || return 1
    found=$(wrong_way "$1" "$2")
    [ -z "$found" ] || {
        printf '%s may include %s only:\n%s\n' "$1" "$2" "$found"
        return 1
    }
}

nothing_from() {
    [ -z "$1" ] || {
        printf '%s:\n%s\n' "$2" "$1"
        return 1
    }
}

openssl_in_crypto() {
    nothing_from "$(includes core '<' | grep -E ': openssl/' | grep -v '^core/x4/crypto/')" \
        "OpenSSL outside core/x4/crypto"
}

databases_in_store() {
    nothing_from "$(for folder in core ioring shard; do includes "$folder" '<'; done | grep -E ': (hiredis/|lmdb\.h)')" \
        "a database outside store"
}

# A shard is in these. hiredis' functions without Async wait for the server, as all of these wait for something; what
# closes the store may wait a moment. redis_link has its contexts not wait, and redis_socket its sockets; addresses are
# numbers there.
redis_waits_for_nobody() {
    [ -f "$1" ]
    nothing_from "$(nm -A -u "$1" | grep ':redis_' |
        grep -E ' U (getaddrinfo|gethostby.*|res_.*|p?poll|p?select|.*sleep|connect|recv.*|send.*|read|write|redis(Connect|Command|GetReply|vCommand|Append|Buffer|Reconnect).*)$' |
        grep -vE ':redis_store.c.o: * U poll$' |
        grep -vE ':redis_link.c.o: * U redis(ConnectFd|Buffer(Read|Write)|GetReplyFromReader|AppendFormattedCommand)$' |
        grep -vE ':redis_socket.c.o: * U (connect|getaddrinfo)$')" "functions that wait"
}

core_system_headers() {
    local pattern
    pattern=$(echo "$core_headers" | tr ' ' '|')
    nothing_from "$(includes core '<' | grep -vE ": (($pattern)\.h|openssl/.*)$")" "system headers that core must not use"
}

# Of the archive, or of the shared library, whose symbols have versions and which the compiler adds some of its own to.
core_calls() {
    [ -f "$1" ]
    nothing_from "$({ nm -u "$1"; nm -D -u "$1"; } 2>/dev/null | awk '$1 == "U" { sub(/@.*/, "", $2); print $2 }' |
        sort -u | grep -vE "$core_symbols")" "functions that core must not call"
}

# Constant tables with pointers in them are relocated, hence .data.rel.ro: they are not variables.
core_variables() {
    [ -f "$1" ]
    nothing_from "$(objdump -t "$1" | grep -E ' O \.(data|bss|tdata|tbss|data\.rel|data\.rel\.local|data\.[^r].*|bss\..*)[[:space:]]' |
        grep -vE ' (completed\.0|__dso_handle|__TMC_END__)$')" \
        "global variables in core"
}

while IFS=: read -r folder allowed; do
    [ -n "$folder" ] || continue
    folder=${folder// /}
    check "deps.${folder//\//.}" direction "$folder" "$allowed"
done <<<"$arrows"

check deps.openssl openssl_in_crypto
check deps.databases databases_in_store
check deps.core.headers core_system_headers
build release
check deps.redis.waits redis_waits_for_nobody "$build_root/release/store/libstore.a"
check deps.core.calls core_calls "$build_root/release/core/libike.a"
check deps.core.variables core_variables "$build_root/release/core/libike.a"
check deps.core.library.calls core_calls "$build_root/release/core/libike.so"
check deps.core.library.variables core_variables "$build_root/release/core/libike.so"
