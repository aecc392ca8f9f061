# SPDX-License-Identifier: BSD-2-Clause
"""
strongSwan's IKEv1 scenarios (testing/tests of its sources) and the cases here that have their set-up. run.py --scenarios
prints the table, and tells where a case is not there. AH is not among them: strongSwan has no AH where its kernel has
none.
"""

# Those that are cases under their own names: scenario/NAME, in both directions or from the client's side.
OWN = (
    "ikev1/compress ikev1/config-payload ikev1/ecdsa-certs ikev1/host2host-cert"
    " ikev1/host2host-transport ikev1/net2net-cert ikev1/net2net-esn"
    " ikev1/net2net-psk ikev1/net2net-psk-fail ikev1/protoport-dual ikev1/rw-cert"
    " ikev1/rw-cert-aggressive ikev1/rw-multi-ciphers ikev1/rw-psk-aggressive ikev1/rw-psk-fqdn"
    " ikev1/rw-psk-ip-ranges ikev1/rw-psk-ipv4 ikev1/xauth-psk"
    " ikev1-algs/alg-3des-md5 ikev1-algs/alg-camellia ikev1-algs/alg-ecp-high"
    " ikev1-algs/alg-ecp-low ikev1-algs/alg-modp-subgroup ikev1-algs/alg-sha256"
    " ikev1-algs/alg-sha384 ikev1-algs/alg-sha512 ikev1-algs/esp-alg-aes-ccm"
    " ikev1-algs/esp-alg-aes-ctr ikev1-algs/esp-alg-aes-gcm ikev1-algs/esp-alg-aes-gmac"
    " ikev1-algs/esp-alg-aes-xcbc ikev1-algs/esp-alg-null"
    " ike/frags-ipv4 ike/frags-ipv6 ike/rw_v1-net_v2"
    " ipv6/host2host-ikev1 ipv6/net2net-ikev1 ipv6/net2net-ip4-in-ip6-ikev1"
    " ipv6/net2net-ip6-in-ip4-ikev1 ipv6/rw-ikev1 ipv6/rw-ip6-in-ip4-ikev1 ipv6/rw-psk-ikev1"
    " ipv6/transport-ikev1"
).split()

# Those whose set-up another case has.
OTHERS = {
    "ikev1/config-payload-push": "remote-access/pushed",
    "ikev1/dpd-clear": "dpd/dead",
    "ikev1/dpd-restart": "dpd/restart",
    "ikev1/ip-pool": "remote-access/same-address-again",
    "ikev1/nat-rw": "nat/strongswan-inside",
    "ikev1/nat-virtual-ip": "remote-access/we-ask",
    "ikev1/rw-cert-unity": "vpnc/natt",
    "ikev1/xauth-id-psk-config": "remote-access/psk",
    "ikev1/xauth-id-rsa-config": "remote-access/rsa",
    "ikev1/xauth-id-rsa-hybrid": "remote-access/hybrid",
    "ikev1/xauth-rsa": "remote-access/one-address/xauth",
    "ikev1/xauth-rsa-eap-md5-radius": "headend/strongswan/xauth-eap",
    "ikev1/xauth-rsa-radius": "headend/strongswan/xauth-radius",
    "ikev1-multi-ca/crls": "certificates/crl",
}

SCENARIOS = {**{name: f"scenario/{name}" for name in OWN}, **OTHERS}


def missing(cases):
    """Scenarios whose case, or a direction of it, is not among the names of `cases`."""
    return [
        name
        for name, case in SCENARIOS.items()
        if not any(known == case or known.startswith(f"{case}/") for known in cases)
    ]
