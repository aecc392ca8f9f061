# SPDX-License-Identifier: BSD-2-Clause
"""The cases: what is sent through an SA arrives, and nothing that should be in one goes without."""

import os
import re
from dataclasses import replace

from case import case
from gateways import SLOW, Kernel, Traffic, settles
from nat import Nat
from netns import HOSTS, OURS, PEER
from tunnel import Child, Site
from vici_text import parse_events
from wait import Failed

INSIDE = {side: host.inside4 for side, host in HOSTS.items()}
UP = re.compile("event=ph2-up")
USER, PASSWORD = "carol", "a password"
POOL = {"inside": {"addrs": "10.3.0.0/24"}}


def kernels(lab):
    return Kernel(lab.ours.namespace), Kernel(lab.peer.namespace)


def expect(seen, wanted, what):
    if seen != wanted:
        raise Failed(f"{what}: {seen}, not {wanted}")


def pings(lab, count=3, ours=INSIDE[OURS], peer=INSIDE[PEER], size=56):
    """Both ways."""
    our, their = kernels(lab)
    expect(our.ping(ours, peer, count, size=size), count, "answers from the peer")
    expect(their.ping(peer, ours, count, size=size), count, "answers from us")


def carried(lab, name="net", at_least=6):
    """Both SAs of the newest child of that name have carried packets."""
    our, _ = kernels(lab)
    child = lab.ours.newest_child(name)
    for spi in (child.spi_in, child.spi_out):
        if (our.packets(spi) or 0) < at_least:
            raise Failed(f"SA {spi} has carried {our.packets(spi)} packets")
    return child


def is_empty(lab):
    """Nothing of ours is in the kernel any more."""
    our, _ = kernels(lab)
    settles("SAs or policies were left in the kernel", lambda: not our.states() and not our.policies())


def through(lab, site, by=PEER, **options):
    """`site` comes up and carries pings."""
    lab.up(site, by)
    pings(lab, **options)
    return carried(lab)


def tell(lab, traffic):
    """What is measured and not asserted."""
    print(f"    lost {traffic.sent - traffic.received} of {traffic.sent} packets", flush=True)


# ------------------------------------------------------------------------------ site to site


@case("dataplane/net2net-psk")
def net2net_psk(lab):
    """Tunnel mode, and all of it is gone when we leave."""
    through(lab, Site(), OURS)
    lab.ours.stop()
    is_empty(lab)


@case("dataplane/net2net-esn")
def net2net_esn(lab):
    """AES-GCM with sequence numbers of 64 bits."""
    child = through(lab, Site(children=(Child(esp="aes128gcm16-esn", options={"replay_window": "128"}),)))
    our, _ = kernels(lab)
    if "esn" not in our.state(child.spi_in).split("anti-replay")[0]:
        raise Failed(f"no ESN: {our.state(child.spi_in)}")


@case("dataplane/net2net-ah")
def net2net_ah(lab):
    through(lab, Site(children=(Child(esp="", options={"ah_proposals": "sha256"}),)))


@case("dataplane/compress")
def compress(lab):
    """Pings of a pattern that becomes shorter, and short ones that do not."""
    site = Site(children=(Child(options={"ipcomp": "yes"}),))
    lab.up(site, PEER)
    pings(lab, size=1000)
    pings(lab)
    carried(lab, at_least=12)


@case("dataplane/ipv6")
def ipv6(lab):
    """IPv6 between IPv6 gateways, and within IPv4."""
    six = {"ours_ts": "fd01::/64", "peer_ts": "fd02::/64"}
    inside = {"ours": HOSTS[OURS].inside6, "peer": HOSTS[PEER].inside6}
    addresses = {"ours_addr": HOSTS[OURS].outside6, "peer_addr": HOSTS[PEER].outside6}
    through(lab, Site(children=(Child(**six),), **addresses), **inside)


@case("dataplane/ipv6-in-ipv4")
def ipv6_in_ipv4(lab):
    inside = {"ours": HOSTS[OURS].inside6, "peer": HOSTS[PEER].inside6}
    through(lab, Site(children=(Child(ours_ts="fd01::/64", peer_ts="fd02::/64"),)), OURS, **inside)


# ------------------------------------------------------------------------------ what was carried


PING_BYTES = 20 + 8 + 56


def list_child(lab):
    """Our child as swanctl shows it."""
    shown = Kernel(lab.ours.namespace).run("swanctl", "--list-sas", "--raw", "--uri", f"unix://{lab.ours.daemon['socket']}")
    (sa,) = parse_events(shown.stdout, "list-sa event")
    (connection,) = sa.values()
    (child,) = connection["child-sas"].values()
    return child


def expect_traffic(child, packets):
    for direction in ("in", "out"):
        expect(int(child[f"packets-{direction}"]), packets, f"packets-{direction}")
        expect(int(child[f"bytes-{direction}"]), packets * PING_BYTES, f"bytes-{direction}")


@case("dataplane/traffic-counts")
def traffic_counts(lab):
    """Each ping of either side is a packet in each direction, and clients of the control socket see them."""
    lab.ours.daemon["socket"] = os.path.join(lab.directory, "control")
    lab.up(Site(), PEER)
    idle = list_child(lab)
    expect_traffic(idle, 0)
    if "use-in" in idle or "use-out" in idle:
        raise Failed(f"nothing was carried, and that is not what is told: {idle}")
    pings(lab, 4)
    child = list_child(lab)
    expect_traffic(child, 8)
    for key in ("use-in", "use-out"):
        if int(child[key]) > SLOW:
            raise Failed(f"{key} is {child[key]}")


# ------------------------------------------------------------------------------ transport mode


@case("dataplane/host2host-transport")
def host2host_transport(lab):
    child = Child(ours_ts="10.9.0.1", peer_ts="10.9.0.2", options={"mode": "transport"})
    outside = {"ours": HOSTS[OURS].outside4, "peer": HOSTS[PEER].outside4}
    through(lab, Site(children=(child,)), OURS, **outside)


@case("dataplane/host2host-ah")
def host2host_ah(lab):
    options = {"mode": "transport", "ah_proposals": "sha256"}
    child = Child(ours_ts="10.9.0.1", peer_ts="10.9.0.2", esp="", options=options)
    outside = {"ours": HOSTS[OURS].outside4, "peer": HOSTS[PEER].outside4}
    through(lab, Site(children=(child,)), PEER, **outside)


@case("dataplane/l2tp")
def l2tp(lab):
    """Transport mode for UDP port 1701 of ours, as L2TP has it."""
    child = Child(ours_ts="10.9.0.1[udp/1701]", peer_ts="10.9.0.2[udp/1701]", options={"mode": "transport"})
    lab.up(Site(children=(child,)), PEER)
    our, their = kernels(lab)
    echo = our.echo(1701, HOSTS[OURS].outside4)
    try:
        if not their.ask(1701, HOSTS[OURS].outside4, 1701, HOSTS[PEER].outside4):
            raise Failed("no answer from port 1701")
    finally:
        echo.kill()
        echo.wait()
    carried(lab, at_least=1)


# ------------------------------------------------------------------------------ NAT


@case("dataplane/nat-forced")
def nat_forced(lab):
    """ESP in UDP where nobody needs it."""
    child = through(lab, Site(options={"encap": "yes"}))
    our, _ = kernels(lab)
    if "encap type espinudp" not in our.state(child.spi_out):
        raise Failed(f"not in UDP: {our.state(child.spi_out)}")


def port_of(state):
    """The peer's port, of UDP around an SA of ours."""
    return re.search(r"dport (\d+)", state)[1]


@case("dataplane/nat-rw")
def nat_rw(lab):
    """The peer behind a NAT, which then maps it to another port: our SAs follow, and packets go on."""
    peer = replace(Site(), peer_addr="192.168.77.2", peer_id=HOSTS[PEER].outside4)
    ours = replace(Site(), peer_id=HOSTS[PEER].outside4)
    router = Kernel(lab.peer.namespace)
    router.ip("address", "delete", f"{INSIDE[PEER]}/24", "dev", "lo")
    with Nat(lab.peer, forget_seconds=600) as nat:
        Kernel(lab.peer.namespace).ip("address", "add", f"{INSIDE[PEER]}/24", "dev", "lo")
        agreed = lab.up(ours, PEER, peer)
        pings(lab)
        carried(lab)
        our, _ = kernels(lab)
        spi_out = agreed["net"][0].spi_out
        before = port_of(our.state(spi_out))
        nat.forget(1)
        our.ping(INSIDE[OURS], INSIDE[PEER], 1)
        settles("the NAT remembers", lambda: "dport=4500" not in router.run("cat", "/proc/net/nf_conntrack").stdout)
        nat.forget(600)
        lab.peer.rekey("net")
        settles("the SA has not followed", lambda: port_of(our.state(spi_out) or f"dport {before}") != before)
        lab.agree(ours, after=agreed, peer_site=peer)
        pings(lab)


# ------------------------------------------------------------------------------ addresses for clients


def gateway(**changes):
    site = Site(
        ours_id="gate.ours.example.org",
        peer_id="gate.peer.example.org",
        children=(Child(peer_ts="dynamic"),),
        more={"pools": POOL},
        secrets={"xauth-user": {"id": USER, "secret": f'"{PASSWORD}"'}},
        options={"pools": "inside"},
        rounds={"remote-user": {"auth": "xauth"}},
    )
    return replace(site, **changes)


@case("dataplane/xauth-id-psk-config")
def xauth_config(lab):
    """strongSwan as a client with an address from our pool."""
    client = gateway(more={}, options={"vips": "0.0.0.0"}, rounds={"local-user": {"auth": "xauth", "xauth_id": USER}})
    our, their = kernels(lab)
    our.ip("route", "add", "10.3.0.0/24", "via", HOSTS[PEER].outside4)
    lab.start(gateway(), PEER, client)
    lab.peer.initiate("net")
    expect(their.ping("10.3.0.1", INSIDE[OURS]), 3, "answers from us")
    expect(our.ping(INSIDE[OURS], "10.3.0.1"), 3, "answers from the client")
    carried(lab)


# ------------------------------------------------------------------------------ route-based


@case("dataplane/route-based")
def route_based(lab):
    """Two children through one XFRM interface: what comes has one policy for both."""
    options = {"if_id_in": "42", "if_id_out": "42"}
    children = (Child(options=options), Child("more", ours_ts="10.1.1.0/24", options=options))
    ours = Site(children=children)
    peers = Site(children=tuple(replace(child, options={}) for child in children))
    our, their = kernels(lab)
    our.ip("link", "add", "ipsec0", "type", "xfrm", "dev", "wan", "if_id", "42")
    our.ip("link", "set", "ipsec0", "up")
    our.ip("route", "replace", "10.2.0.0/24", "dev", "ipsec0", "src", INSIDE[OURS])
    our.ip("address", "add", "10.1.1.1/24", "dev", "lo")
    their.ip("route", "add", "10.1.1.0/24", "via", HOSTS[OURS].outside4, "src", INSIDE[PEER])
    expect(our.ping(INSIDE[OURS], INSIDE[PEER], 1), 0, "answers without an SA")
    lab.up(ours, PEER, peers)
    pings(lab)
    pings(lab, ours="10.1.1.1")
    carried(lab)
    carried(lab, "more")
    for direction, count in (("out", 2), ("in", 1), ("fwd", 1)):
        expect(len(our.policies(direction)), count, f"policies {direction}")


# ------------------------------------------------------------------------------ what asks for SAs, and ends them


@case("dataplane/trap")
def trap(lab):
    """A packet asks for the child; when that is gone, the next one does."""
    site = Site(children=(Child(options={"start_action": "trap"}),))
    our, _ = kernels(lab)
    lab.peer.start(Site())
    lab.ours.start(site)
    settles("no trap in the kernel", lambda: our.policies("out"))
    our.ping(INSIDE[OURS], INSIDE[PEER], 1)
    lab.agree(Site())
    pings(lab)
    carried(lab)
    lab.peer.terminate(child="net")
    lab.ours.wait_child_names(seconds=60)
    settles("the trap is not back", lambda: len(our.policies("out")) == 1 and not our.policies("in"))
    our.ping(INSIDE[OURS], INSIDE[PEER], 1)
    lab.agree(Site())
    pings(lab)


@case("dataplane/volume-rekey")
def volume_rekey(lab):
    """A soft limit in packets makes a new pair, and no packet is lost."""
    site = Site(children=(Child(options={"rekey_packets": "200", "life_packets": "2000", "rand_packets": "0"}),))
    peers = Site(children=(Child(options={"rekey_time": "0"}),))
    first = lab.up(site, OURS, peers)
    our, _ = kernels(lab)
    with Traffic(lab.ours.namespace, INSIDE[OURS], INSIDE[PEER]) as traffic:
        lab.agree(site, after=first)
        settles("the old SA is still there", lambda: not our.state(first["net"][0].spi_in))
    tell(lab, traffic)
    expect(traffic.received, traffic.sent, "answers")


@case("dataplane/volume-over")
def volume_over(lab):
    """A hard limit ends the child, and the peer hears of it."""
    options = {"life_packets": "20", "rekey_packets": "0"}
    lab.up(Site(children=(Child(options=options),)), PEER, Site())
    our, _ = kernels(lab)
    our.ping(INSIDE[OURS], INSIDE[PEER], 25)
    lab.ours.wait_child_names(seconds=60)
    lab.peer.report("received Delete of the child")
    is_empty(lab)


@case("dataplane/kernel-lacks-camellia")
def lacks_camellia(lab):
    """What the kernel cannot do is refused in time, and nothing else is."""
    camellia = Child("odd", ours_ts="10.1.1.0/24", esp="camellia128-sha256")
    site = Site(children=(Child(), camellia))
    lab.start(site, PEER)
    lab.peer.initiate("net")
    lab.peer.initiate_in_vain("odd")
    lab.ours.report("sent NO-PROPOSAL-CHOSEN")
    pings(lab)
    carried(lab)


# ------------------------------------------------------------------------------ under traffic


@case("dataplane/rekey-under-traffic")
def rekey_under_traffic(lab):
    first = lab.up(Site(), PEER)
    our, _ = kernels(lab)
    with Traffic(lab.peer.namespace, INSIDE[PEER], INSIDE[OURS]) as traffic:
        lab.peer.rekey("net")
        second = lab.agree(Site(), after=first)
        settles("the new SA carries nothing", lambda: our.packets(second["net"][0].spi_in) > 20)
    tell(lab, traffic)
    expect(traffic.received, traffic.sent, "answers")


def keep(lab):
    """Has our SAs outlive the process."""
    lab.ours.daemon["store"] = {"directory": os.path.join(lab.directory, "store"), "node": "one"}


@case("dataplane/restart-under-traffic")
def restart_under_traffic(lab):
    """kill -9: the kernel goes on without us, and then with us."""
    keep(lab)
    agreed = lab.up(Site(), PEER)
    our, _ = kernels(lab)
    spi_out = agreed["net"][0].spi_out
    with Traffic(lab.peer.namespace, INSIDE[PEER], INSIDE[OURS]) as traffic:
        settles("nothing is carried", lambda: our.packets(spi_out) > 20)
        lab.ours.crash()
        before = our.packets(spi_out)
        lab.ours.start(Site())
        settles("nothing is carried", lambda: our.packets(spi_out) > before + 20)
    tell(lab, traffic)
    expect(traffic.received, traffic.sent, "answers")
    mark = lab.ours.log.mark()
    lab.peer.rekey("net")
    settles("no new child after the restart", lambda: lab.ours.log.find(UP, mark))


@case("dataplane/takeover-under-traffic")
def takeover_under_traffic(lab):
    """The same with another machine's kernel, which has nothing: what it sends goes on behind all that was sent."""
    keep(lab)
    agreed = lab.up(Site(), PEER)
    our, _ = kernels(lab)
    spi_out = agreed["net"][0].spi_out
    with Traffic(lab.peer.namespace, INSIDE[PEER], INSIDE[OURS]) as traffic:
        settles("nothing is carried", lambda: our.packets(spi_out) > 20)
        lab.ours.crash()
        sent = our.out_sequence(spi_out)
        our.flush()
        lab.ours.start(Site())
        settles("nothing is carried", lambda: (our.packets(spi_out) or 0) > 20)
    tell(lab, traffic)
    if our.out_sequence(spi_out) <= sent:
        raise Failed(f"sent with number {our.out_sequence(spi_out)}, after {sent}")
    pings(lab)
