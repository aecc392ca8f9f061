# SPDX-License-Identifier: BSD-2-Clause
"""Daemons whose records are in Redis: which of them serves, and what becomes of the tunnels."""

from hubs import Hubs, all_is_written, revived, settled, tunnel_works, written
from lab import case, expect, same
from wait import until


def standby(lab, **options):
    """`one` has a tunnel, `two` waits."""
    hubs = Hubs(lab, lab.server().start().address, **options)
    hubs.one.start()
    hubs.one.wait(event="revived")
    hubs.spoke.start()
    hubs.one.wait(event="ph2-up")
    hubs.spoke.wait(event="ph2-up")
    hubs.two.launch()
    hubs.two.wait(event="standby")
    settled(hubs.one)
    return hubs


@case
def killed(lab):
    hubs = standby(lab)
    hubs.one.kill()
    same(revived(hubs.two), (1, 1, 0), "ISAKMP SAs, children, refused")
    tunnel_works(hubs.two, hubs.spoke)


@case
def killed_acked(lab):
    hubs = standby(lab, connection="durability = acked")
    hubs.one.kill()
    same(revived(hubs.two), (1, 1, 0), "ISAKMP SAs, children, refused")
    tunnel_works(hubs.two, hubs.spoke)


@case
def handed_over_and_back(lab):
    hubs = standby(lab)
    hubs.one.stop()
    same(revived(hubs.two), (1, 1, 0), "ISAKMP SAs, children, refused")
    tunnel_works(hubs.two, hubs.spoke)
    settled(hubs.two)
    before = len(hubs.one.find(event="revived"))
    hubs.one.launch()
    hubs.one.wait(event="standby")
    hubs.two.stop()
    same(int(hubs.one.wait(event="revived", count=before + 1)["children"]), 1, "children")
    same(hubs.spoke.find(event="ph1-down"), [], "ISAKMP SAs that the spoke lost")


@case
def restarted_in_place(lab):
    hubs = Hubs(lab, lab.server().start().address)
    hubs.one.start()
    hubs.spoke.start()
    hubs.one.wait(event="ph2-up")
    settled(hubs.one)
    hubs.one.kill()
    hubs.one.start()
    line = hubs.one.wait(event="revived", count=2)
    same((line["isakmp_sas"], line["children"]), ("1", "1"), "ISAKMP SAs and children")
    tunnel_works(hubs.one, hubs.spoke)


@case
def fenced(lab):
    """Somebody else has the estate: who had it falls silent within a lease, and ends."""
    server = lab.server().start()
    hubs = Hubs(lab, server.address)
    hubs.one.start()
    hubs.spoke.start()
    hubs.one.wait(event="ph2-up")
    settled(hubs.one)
    other = lab.node(server.address, name="other")
    other.claim("hubs", "force")
    until(lambda: hubs.one.process.poll() is not None, 15, "one did not end")
    expect(hubs.one.find(event="estate-lost"), "one did not say why")
    same(hubs.spoke.find(event="ph2-down"), [], "children that the spoke lost")


@case
def fenced_by_a_write(lab):
    """The lease would be renewed much later: what is written tells it before."""
    server = lab.server().start()
    hubs = Hubs(lab, server.address, {"lease": 300})
    hubs.one.start()
    hubs.spoke.start()
    hubs.one.wait(event="ph2-up")
    settled(hubs.one)
    lab.node(server.address, name="other").claim("hubs", "force")
    same(hubs.spoke.control("terminate", "--child", "net").returncode, 0, "terminate")
    until(lambda: hubs.one.process.poll() is not None, 15, "one did not end")
    expect(hubs.one.find(event="estate-lost"), "one did not say why")


@case
def killed_before_the_peer_was_answered(lab):
    """
    The child is in the store and nobody has told the peer, who asks again: it gets another one, and the first is gone.
    """
    server = lab.server().start()
    proxy = lab.proxy(server)
    hubs = Hubs(lab, proxy.address, connection="durability = acked")
    hubs.pair.configure_spoke(start="none", resending="retransmit_tries = 5")
    hubs.one.start()
    hubs.spoke.start()
    same(hubs.spoke.control("initiate", "--ike", "site").returncode, 0, "initiate")
    settled(hubs.one)
    proxy.mute = True
    asking = hubs.spoke.begin("initiate", "--child", "net", "--timeout", "60")
    until(lambda: len(written([server])) == 2, 10, "the child is not written")
    (first,) = (name for name in written([server]) if name.startswith("02"))
    hubs.one.kill()
    expect(not hubs.spoke.find(event="ph2-up"), "the spoke has a child before the hub knew that it is written")
    proxy.mute = False
    hubs.one.start()
    same(revived(hubs.one, 2), (1, 1, 0), "ISAKMP SAs, children, refused")
    same(asking.wait(60), 0, "status of initiate")
    hubs.one.wait(event="ph2-down", spi_in=first[2:], reason="replaced")
    all_is_written(hubs.one, server)
    same(hubs.spoke.wait(event="ph2-up")["spi_out"], hubs.one.wait(event="ph2-up")["spi_in"], "SPI")


def all_is_written_again(lab, **store):
    server = lab.server().start()
    hubs = Hubs(lab, server.address, store)
    hubs.one.start()
    hubs.spoke.start()
    hubs.one.wait(event="ph2-up")
    settled(hubs.one)
    server.kill()
    server.start()
    until(lambda: len(written([server])) == 2, 30, "not all was written again")
    settled(hubs.one)
    hubs.one.kill()
    hubs.one.start()
    line = hubs.one.wait(event="revived", count=2)
    same((line["isakmp_sas"], line["children"]), ("1", "1"), "ISAKMP SAs and children")
    tunnel_works(hubs.one, hubs.spoke)


@case
def redis_comes_back_empty(lab):
    """All is written again, and goes on after a crash."""
    all_is_written_again(lab)


@case
def more_to_write_again_than_the_queue_holds(lab):
    all_is_written_again(lab, queue=1)
