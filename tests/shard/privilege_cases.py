# SPDX-License-Identifier: BSD-2-Clause
"""The processes of the daemon: what each may do, and what becomes of the others when one ends."""

import os
import pwd
import signal

from registry import case, expect, same
from vici import Client
from wait import Skipped, until

SUPERVISOR, KERNEL, KEYS = "ikehubd-super", "ikehubd-kernel", "ikehubd-keys"
NET_ADMIN = 1 << 12


def status(pid):
    """Of /proc/PID/status, by name."""
    with open(f"/proc/{pid}/status") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def children(pid):
    """(pid, name) of all that come from a process."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        own = [int(each) for each in file.read().split()]
    return [entry for each in own for entry in [(each, status(each)["Name"]), *children(each)]]


def find(daemon, name):
    """The pid of one of its processes, which has its name a moment after it was started."""
    def named():
        return [pid for pid, own in children(daemon.process.pid) if own == name]

    return until(named, 10, f"no process has the name {name}")[0]


def is_gone(pid):
    return not os.path.exists(f"/proc/{pid}")


@case
def privileges_of_each(pair):
    pair.hub.start("--kernel", "auto")
    listening = status(pair.hub.process.pid)
    same(int(listening["CapEff"], 16) | int(listening["CapPrm"], 16), 0, "capabilities of the one that listens")
    same(listening["NoNewPrivs"], "1", "no new privileges")
    wanted = "0" if pair.hub.find(event="not-confined") else "2"
    for task in os.listdir(f"/proc/{pair.hub.process.pid}/task"):
        same(status(task)["Seccomp"], wanted, "filter of a thread")
    kernel = status(find(pair.hub, KERNEL))
    expect(int(kernel["CapEff"], 16) & ~NET_ADMIN == 0, f"the kernel process has {kernel['CapEff']}")


@case
def privileges_none(pair):
    pair.hub.start("--kernel", "auto", "--privileges", "none")
    same(children(pair.hub.process.pid), [], "processes")
    same(status(pair.hub.process.pid)["Seccomp"], "0", "filter")


@case
def privileges_kernel_process_killed(pair):
    pair.up("--kernel", "auto")
    before = find(pair.hub, KERNEL)
    os.kill(before, signal.SIGKILL)
    ended = pair.hub.wait(event="process-ended")
    same((ended["process"], ended["signal"]), ("kernel", "KILL"), "who ended, and why")
    pair.hub.wait(event="process-started")
    expect(find(pair.hub, KERNEL) != before, "it is the same process")
    same(pair.hub.find(event="ph2-down"), [], "SAs that ended")
    done = pair.hub.control("rekey", "--child", "net")
    same(done.returncode, 0, done.stderr)
    pair.spoke.wait(event="ph2-up", count=2)


@case
def privileges_key_process_killed(pair):
    pair.up()
    before = find(pair.hub, KEYS)
    os.kill(before, signal.SIGKILL)
    ended = pair.hub.wait(event="process-ended")
    same((ended["process"], ended["signal"]), ("keys", "KILL"), "who ended, and why")
    pair.hub.wait(event="process-started")
    expect(find(pair.hub, KEYS) != before, "it is the same process")
    same(pair.hub.find(event="ph2-down"), [], "SAs that ended")


@case
def privileges_kernel_process_that_will_not_live(pair):
    pair.hub.start("--kernel", "auto")
    for times in range(1, 6):
        if times > 1:
            pair.hub.wait(event="process-started", count=times - 1)
        os.kill(find(pair.hub, KERNEL), signal.SIGKILL)
        pair.hub.wait(event="process-ended", count=times)
    pair.hub.wait(event="process-missing")
    same([name for _, name in children(pair.hub.process.pid)], [SUPERVISOR, KEYS], "processes")
    pair.spoke.start()
    pair.hub.wait(event="ph1-up")


@case
def privileges_supervisor_killed(pair):
    pair.hub.start("--kernel", "auto")
    kernel = find(pair.hub, KERNEL)
    os.kill(find(pair.hub, SUPERVISOR), signal.SIGKILL)
    pair.hub.wait(event="supervisor-ended")
    same(pair.hub.process.wait(10), 1, "status")
    until(lambda: is_gone(kernel), 10, "the kernel process is left behind")


@case
def privileges_all_end_with_the_first(pair):
    pair.hub.start("--kernel", "auto")
    others = [pid for pid, _ in children(pair.hub.process.pid)]
    same(len(others), 3, "processes")
    pair.hub.kill()
    until(lambda: all(map(is_gone, others)), 10, "processes are left behind")
    pair.hub.start("--kernel", "auto")
    others = [pid for pid, _ in children(pair.hub.process.pid)]
    pair.hub.stop()
    expect(all(map(is_gone, others)), "processes outlive an orderly end")


@case
def privileges_of_a_user(pair):
    if os.getuid() != 0:
        raise Skipped("only root becomes another user")
    user = pwd.getpwnam("nobody")
    pair.configure_hub(daemon="user = nobody")
    pair.hub.start("--kernel", "auto")
    for pid in (pair.hub.process.pid, find(pair.hub, KERNEL)):
        same(status(pid)["Uid"].split(), [str(user.pw_uid)] * 4, "user")
        same(status(pid)["Gid"].split(), [str(user.pw_gid)] * 4, "group")
        same(status(pid)["Groups"].split(), [], "other groups")
    pair.spoke.start()
    pair.hub.wait(event="ph2-up")
    with Client(pair.hub.socket) as client:
        same(client.ask("version")["daemon"], "ikehubd", "daemon")
    same(pair.hub.control("reload").returncode, 0, "status of a reload")
    pair.hub.stop()
    expect(not os.path.exists(pair.hub.socket), "the socket is left behind")


@case
def privileges_of_nobody_there(pair):
    pair.configure_hub(daemon="user = nobody-of-that-name")
    done = pair.hub.run(*pair.hub.listen()[3:])
    same(done.returncode, 1, "status")
    expect("user: there is no account 'nobody-of-that-name'" in done.stderr, done.stderr)
