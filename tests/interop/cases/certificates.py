# SPDX-License-Identifier: BSD-2-Clause
"""Authentication by certificates: keys, chains, identities, and who is not believed."""

import os
import shutil
from dataclasses import replace

from authority import Authority, raw_key
from case import DIRECTIONS, both_directions, case, register
from netns import OURS, PEER
from tunnel import Site, other


def place(lab, side, folder, *paths):
    """Copies files into a credential folder of one side."""
    where = os.path.join(lab.side(side).credentials, folder)
    os.makedirs(where, exist_ok=True)
    for path in paths:
        shutil.copy(path, where)


def equip(lab, side, certificate):
    place(lab, side, "x509", certificate.path)
    place(lab, side, "private", certificate.key)


def site_of(certificates, **changes):
    """Each side shows its certificate and takes the other's subject for who it is."""
    names = {side: certificate.subject for side, certificate in certificates.items()}
    site = Site(
        auth="pubkey",
        ours_id=f'"{names[OURS]}"',
        peer_id=f'"{names[PEER]}"',
        local={
            side: {"certs": os.path.basename(certificate.path)}
            for side, certificate in certificates.items()
        },
    )
    return replace(site, **changes)


def believe(lab, *authorities):
    for side in (OURS, PEER):
        place(lab, side, "x509ca", *(authority.own.path for authority in authorities))


def two(lab, kind="rsa", **changes):
    """One authority that both believe, and a certificate of its for each."""
    root = Authority(lab.directory, "root", kind=kind)
    certificates = {side: root.issue(side, kind=kind) for side in (OURS, PEER)}
    for side, certificate in certificates.items():
        equip(lab, side, certificate)
    believe(lab, root)
    return root, certificates, site_of(certificates, **changes)


def kinds(lab, by, kind):
    _, _, site = two(lab, kind)
    lab.up(site, by)


for kind in ("rsa", "ecdsa256", "ecdsa384", "ecdsa521"):
    for suffix, by in DIRECTIONS.items():
        register(
            f"certificates/{kind}/{suffix}", lambda lab, by=by, kind=kind: kinds(lab, by, kind)
        )


@both_directions("certificates/aggressive")
def aggressive(lab, by):
    _, _, site = two(lab, options={"aggressive": "yes"})
    lab.up(site, by)


@both_directions("certificates/in-fragments")
def fragments(lab, by):
    lab.ours.daemon = {"fragment_size": "500"}
    lab.peer.extra = {"fragment_size": "500"}
    _, _, site = two(lab)
    lab.up(site, by)
    lab.ours.report("put fragments together")
    lab.peer.report("received a fragment")


@both_directions("certificates/chain")
def chain(lab, by):
    """Both are of an authority in between, which the other side does not know before."""
    root = Authority(lab.directory, "root")
    certificates = {}
    for side in (OURS, PEER):
        between = Authority(lab.directory, f"between {side}", above=root)
        certificates[side] = between.issue(side)
        equip(lab, side, certificates[side])
        place(lab, side, "x509ca", root.own.path, between.own.path)
    lab.up(site_of(certificates), by)


@both_directions("certificates/subject-alt-names")
def alternative_names(lab, by):
    root = Authority(lab.directory, "root")
    names = {side: f"gate.{side}.example.org" for side in (OURS, PEER)}
    certificates = {
        side: root.issue(side, alternative=f"DNS:{name}") for side, name in names.items()
    }
    for side, certificate in certificates.items():
        equip(lab, side, certificate)
    believe(lab, root)
    lab.up(site_of(certificates, ours_id=names[OURS], peer_id=names[PEER]), by)


@both_directions("certificates/pattern-of-names")
def pattern(lab, by):
    """Whoever is of the organisation."""
    _, certificates, site = two(lab)
    anybody = replace(site, peer_id='"C=CH, O=Interop, CN=*"')
    lab.up(anybody, by, site)


@both_directions("certificates/pinned")
def pinned(lab, by):
    """The peer's certificate itself is known: no authority is needed."""
    root = Authority(lab.directory, "root")
    certificates = {side: root.issue(side) for side in (OURS, PEER)}
    for side, certificate in certificates.items():
        equip(lab, side, certificate)
        place(lab, other(side), "x509", certificate.path)
    place(lab, PEER, "x509ca", root.own.path)
    remote = {OURS: {"certs": "peer.pem"}}
    lab.up(
        site_of(certificates, remote=remote, options={"send_cert": "always"}), by
    )


def raw_site(lab, kind, **ours_lock):
    """Each side knows the other's key and nothing else."""
    keys = {
        OURS: raw_key(lab.directory, OURS, kind, **ours_lock),
        PEER: raw_key(lab.directory, PEER, kind),
    }
    for side in (OURS, PEER):
        place(lab, side, "pubkey", *(public for public, _ in keys.values()))
        place(lab, side, "private", keys[side][1])
    return Site(
        auth="pubkey",
        ours_id="gate.ours.example.org",
        peer_id="gate.peer.example.org",
        local={side: {"pubkeys": f"{side}.pub"} for side in (OURS, PEER)},
        remote={side: {"pubkeys": f"{other(side)}.pub"} for side in (OURS, PEER)},
    )


for kind in ("rsa", "ecdsa256"):
    for suffix, by in DIRECTIONS.items():
        register(
            f"certificates/raw-keys/{kind}/{suffix}",
            lambda lab, by=by, kind=kind: lab.up(raw_site(lab, kind), by),
        )


@case("certificates/raw-keys/another-key")
def another_key(lab):
    """The peer's name with a key that is not the one we know."""
    site = raw_site(lab, "rsa")
    stranger, _ = raw_key(lab.directory, "stranger")
    place(lab, OURS, "pubkey", stranger)
    ours = replace(site, remote={OURS: {"pubkeys": "stranger.pub"}})
    _, responder = lab.attempt(site, ours, PEER)
    responder.report("signature is wrong")
    responder.deny("ISAKMP SA up")


@both_directions("certificates/encrypted-private-key")
def encrypted(lab, by):
    site = raw_site(lab, "rsa", passphrase="a passphrase")
    locked = {"private-own": {"file": f"{OURS}.key", "secret": '"a passphrase"'}}
    lab.up(replace(site, secrets=locked), by, site)


@both_directions("certificates/crl")
def crl(lab, by):
    """A list on which the peer is not, and none is missing."""
    root, _, site = two(lab, remote={OURS: {"revocation": "strict"}})
    place(lab, OURS, "x509crl", root.revoke())
    lab.up(site, by)


@both_directions("certificates/ocsp")
def ocsp(lab, by):
    """No list, but a response that calls the peer's certificate good."""
    root, certificates, site = two(lab, remote={OURS: {"revocation": "strict"}})
    place(lab, OURS, "x509ocsp", root.respond(certificates[PEER]))
    lab.up(site, by)


@case("certificates/ocsp-of-a-responder")
def ocsp_of_a_responder(lab):
    """The authority has appointed somebody to answer."""
    root, certificates, site = two(lab, remote={OURS: {"revocation": "strict"}})
    response = root.respond(certificates[PEER], responder=root.appoint("responder"))
    place(lab, OURS, "x509ocsp", response)
    lab.up(site, PEER)


# --------------------------------------------------------------------------- refused


def refused(name, build):
    """Registers what we have to refuse as responder; `build` returns the two sites."""

    def run(lab):
        ours, peers = build(lab)
        _, responder = lab.attempt(peers, ours, PEER)
        responder.report("certificate is not believed")
        responder.deny("ISAKMP SA up")

    register(f"certificates/{name}", run)


def revoked(lab):
    root, certificates, site = two(lab)
    place(lab, OURS, "x509crl", root.revoke(certificates[PEER]))
    return site, site


def revoked_by_response(lab):
    root, certificates, site = two(lab)
    place(lab, OURS, "x509ocsp", root.respond(certificates[PEER], revoked=True))
    return site, site


def strict_without_list(lab):
    _, _, site = two(lab, remote={OURS: {"revocation": "strict"}})
    return site, site


def of_another_authority(lab):
    ours_root = Authority(lab.directory, "root")
    peer_root = Authority(lab.directory, "other")
    certificates = {OURS: ours_root.issue(OURS), PEER: peer_root.issue(PEER)}
    for side, certificate in certificates.items():
        equip(lab, side, certificate)
    place(lab, OURS, "x509ca", ours_root.own.path)
    place(lab, PEER, "x509ca", ours_root.own.path, peer_root.own.path)
    site = site_of(certificates)
    return site, site


def not_the_pinned_one(lab):
    root, certificates, site = two(lab)
    another = root.issue("another")
    place(lab, OURS, "x509", another.path)
    return replace(site, remote={OURS: {"certs": "another.pem"}}), site


def expired(lab):
    root, certificates, site = two(lab)
    equip(lab, PEER, root.issue(PEER, days="-1"))
    return site, site


refused("expired", expired)
refused("revoked", revoked)
refused("revoked-by-response", revoked_by_response)
refused("no-list-and-strict", strict_without_list)
refused("of-another-authority", of_another_authority)
refused("not-the-pinned-one", not_the_pinned_one)


@case("certificates/another-identity")
def another_identity(lab):
    """Believed, but not who the connection is for."""
    _, _, site = two(lab)
    ours = replace(site, peer_id='"C=CH, O=Interop, CN=somebody else"')
    _, responder = lab.attempt(site, ours, PEER)
    responder.report("refused the identity")
    responder.deny("ISAKMP SA up")


@case("certificates/no-preshared-key-instead")
def psk_instead(lab):
    """A connection for certificates does not take a preshared key."""
    _, _, site = two(lab)
    _, responder = lab.attempt(Site(), site, PEER)
    responder.report("sent NO-PROPOSAL-CHOSEN")
