# SPDX-License-Identifier: BSD-2-Clause
"""
A virtual machine with Debian's kernel, under software emulation: for what this machine's kernel may lack.

It boots from the host's own file system, read-only under one in memory, so that whatever is installed and built here is
there as well. It has no network: all traffic stays in namespaces inside.
"""

import os
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

# What init.sh needs before the root is there; what it needs of them comes by modprobe's dependencies.
BOOT_MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay")
PROGRAMS = ("qemu-system-x86_64", "busybox", "cpio", "depmod", "modprobe", "apt-get", "dpkg")


class CannotBoot(Exception):
    """Why there is no virtual machine here."""


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if done.returncode:
        raise CannotBoot(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


def package():
    """The package of the kernel that Debian's metapackage stands for."""
    for line in run("apt-cache", "depends", "linux-image-amd64").splitlines():
        kind, _, name = line.strip().partition(": ")
        if kind == "Depends" and name.startswith("linux-image-"):
            return name
    raise CannotBoot("apt knows no linux-image-amd64")


class Machine:
    """`folder` keeps the kernel from one run to the next."""

    def __init__(self, folder):
        for program in PROGRAMS:
            if not shutil.which(program):
                raise CannotBoot(f"{program} is not installed")
        os.makedirs(folder, exist_ok=True)
        self._folder = os.path.realpath(folder)
        name = package()
        self._version = name.removeprefix("linux-image-")
        self._root = os.path.join(self._folder, self._version)
        if not os.path.isdir(self._root):
            self._fetch(name)
        self._initrd = os.path.join(self._root, "initrd")
        self._build_initrd()

    @property
    def _modules(self):
        return os.path.join(self._root, "lib/modules", self._version)

    def _fetch(self, name):
        with tempfile.TemporaryDirectory(dir=self._folder) as directory:
            os.chmod(directory, 0o755)
            run("apt-get", "-q", "download", name, cwd=directory)
            (archive,) = os.listdir(directory)
            unpacked = os.path.join(directory, "unpacked")
            run("dpkg", "-x", os.path.join(directory, archive), unpacked)
            run("depmod", "-b", unpacked, self._version)
            os.rename(unpacked, self._root)

    def _module_files(self):
        """Those of BOOT_MODULES and what they need, in the order in which they are loaded."""
        files = {}
        for module in BOOT_MODULES:
            shown = run("modprobe", "-d", self._root, "-S", self._version, "--show-depends", module)
            for line in shown.splitlines():
                if line.startswith("insmod "):
                    files[line.split()[1]] = None
        return list(files)

    def _build_initrd(self):
        with tempfile.TemporaryDirectory(dir=self._folder) as tree:
            for name in ("bin", "modules"):
                os.mkdir(os.path.join(tree, name))
            shutil.copy(shutil.which("busybox"), os.path.join(tree, "bin/busybox"))
            shutil.copy(os.path.join(HERE, "init.sh"), os.path.join(tree, "init"))
            os.chmod(os.path.join(tree, "init"), 0o755)
            names = []
            for path in self._module_files():
                shutil.copy(path, os.path.join(tree, "modules"))
                names.append(os.path.basename(path))
            with open(os.path.join(tree, "modules/order"), "w") as order:
                order.write("\n".join(names) + "\n")
            files = run("find", ".", cwd=tree)
            with open(self._initrd, "wb") as initrd:
                subprocess.run(["cpio", "--quiet", "-o", "-H", "newc"], cwd=tree, input=files.encode(),
                               stdout=initrd, check=True)

    def run(self, command, out, seconds, memory_mb=1024, counted=False):
        """Runs `command` (words without spaces and commas) in it; what it writes is in `out`/console and, where it
        writes to /run/out, there. Returns its status. `counted`: it has one processor, whose clock goes on by a nanosecond
        with each instruction."""
        share = "local,security_model=none,path"
        options = f"console=ttyS0 quiet panic=-1 mitigations=off audit=0 ikehub.modules={self._modules}"
        processors = ("-smp", "1", "-icount", "shift=0") if counted else ("-smp", "2")
        arguments = [
            "qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", *processors, "-m", str(memory_mb), "-M", "q35",
            "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-serial", "stdio", "-monitor", "none",
            "-kernel", os.path.join(self._root, "boot", f"vmlinuz-{self._version}"), "-initrd", self._initrd,
            "-append", f"{options} ikehub.run={','.join(command)}",
            "-fsdev", f"{share}=/,id=host,readonly=on,multidevs=remap",
            "-device", "virtio-9p-pci,fsdev=host,mount_tag=host",
            "-fsdev", f"{share}={out},id=out", "-device", "virtio-9p-pci,fsdev=out,mount_tag=out",
            "-device", "virtio-rng-pci",
        ]
        try:
            serial = run(*arguments, stdin=subprocess.DEVNULL, timeout=seconds)
        except subprocess.TimeoutExpired as expired:
            raise CannotBoot(f"the machine was not done after {seconds} s: {expired.stdout}") from None
        status = os.path.join(out, "status")
        if not os.path.exists(status):
            raise CannotBoot(f"the machine did not run its program: {serial[-500:]}")
        with open(status) as file:
            return int(file.read())
