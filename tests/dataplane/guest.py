#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs the cases inside the virtual machine. Arguments: the build directory, then cases; none: all."""

import sys

sys.dont_write_bytecode = True

import os
import subprocess
import tempfile
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "interop")]

import clients  # noqa: F401 - registers its cases
import plane  # noqa: F401 - likewise
from case import CASES
from gateways import KernelHub, KernelSwan, add_routes
from lab import Lab
from netns import OURS, Network
from wait import Failed

MODULES = (
    "esp4 esp6 ah4 ah6 ipcomp ipcomp6 xfrm_user xfrm_interface xfrm4_tunnel xfrm6_tunnel authenc authencesn echainiv"
    " seqiv cbc ctr gcm ccm cmac ecb ghash_generic sha1_generic sha256_generic sha512_generic md5 des_generic"
    " aes_generic xcbc deflate crypto_null cryptomgr drbg jitterentropy_rng veth tun nf_tables nft_chain_nat nft_masq"
    " nf_conntrack nft_meta_bridge af_packet"
).split()
TAIL_LINES = 20


def load_modules():
    """All that is needed now; to look for the rest again and again takes seconds each time. Camellia is left out:
    there is a case in which the kernel lacks it."""
    for module in MODULES:
        subprocess.run(["modprobe", "-q", module], check=False)
    with open("/proc/sys/kernel/modprobe", "w") as file:
        file.write("\n")


def tell_failure(case, reason, lab):
    print(f"case {case.name}: failed")
    lines = str(reason).splitlines()
    for gateway in (lab.ours, lab.peer):
        lines += [f"--- end of the log of {gateway.label}", *gateway.tail(TAIL_LINES)]
        shown = subprocess.run([*gateway.namespace.prefix, "sh", "-c", "ip -s xfrm state; ip xfrm policy"],
                               capture_output=True, text=True).stdout
        lines += shown.splitlines()[:60]
    print("\n".join(f"    {line}" for line in lines), flush=True)


def run_case(case, build, directory):
    with Network() as network:
        add_routes(network)

        def make(side, side_directory):
            if side == OURS:
                return KernelHub(network[side], side_directory, side, build)
            return KernelSwan(network[side], side_directory, side, None, os.path.join(directory, "peer.vici"))

        lab = Lab(os.path.join(directory, case.name.replace("/", ".")), make)
        lab.AGREE_SECONDS = 60
        try:
            case.run(lab)
            lab.close()
        except Failed as failure:
            tell_failure(case, failure, lab)
            return
        except Exception:
            tell_failure(case, traceback.format_exc(), lab)
            return
        finally:
            lab.abandon()
    print(f"case {case.name}: passed", flush=True)


def main():
    build, *wanted = sys.argv[1:]
    load_modules()
    directory = tempfile.mkdtemp(prefix="dataplane-")
    for name in wanted or CASES:
        run_case(CASES[name], build, directory)


if __name__ == "__main__":
    main()
