# SPDX-License-Identifier: Apache-2.0
"""Boot media: a folder with a key, a signed configuration, and the disc or disk that a machine starts from."""
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BULKHEAD_BUILD", ROOT / "build")).resolve()
BULKHEAD = BUILD / "bulkhead"
EFI = BUILD / "bulkhead.efi"
GUESTS = BUILD / "guests"


class CommandFailed(Exception):
    """A command ended with another status than 0; the text is what it said."""


def bulkhead(*arguments, timeout=300):
    """Runs the bulkhead command and returns what it printed."""
    done = subprocess.run([str(BULKHEAD), *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=timeout, check=False)
    if done.returncode != 0:
        raise CommandFailed(f"bulkhead {' '.join(map(str, arguments))}\nstatus {done.returncode}\n{done.stderr}")
    return done.stdout


class Medium:
    """What a machine boots, made in `folder`, which is made if need be.

    source   the configuration: text, or the path of a .dts file
    images   folders with the kernels, initrds and root hashes that the configuration names
    key      path of the private key without .pem; made in the folder when it does not exist

    `trust` is what the boot image is told to trust: words for `bundle` (docs/container.md), the key alone at first.
    """

    def __init__(self, folder, source, images, key=None, efi=EFI):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        images = [images] if isinstance(images, (str, pathlib.Path)) else images
        self.images = [word for folder in images for word in ("--images", folder)]
        self.efi = efi
        self.key = self.make_key(key or "key")
        self.trust = ["--key", self.key]
        self.source = self.folder / "system.dts"
        text = source if "\n" in str(source) else (ROOT / source).read_text()
        self.source.write_text(text)
        self.container = self.sign(self.key, "system.bkc")

    def make_key(self, name):
        """The path of the private key `name`, relative to the medium's folder; an existing one is kept."""
        base = self.folder / name
        private = base.with_name(base.name + ".pem")
        if not private.exists():
            base.parent.mkdir(parents=True, exist_ok=True)
            bulkhead("keygen", base)
        return private

    def sign(self, key, name, second_key=None, debug=False):
        """The path of the configuration signed with `key`, and with the LMS key `second_key` if there is one."""
        signed = self.folder / name
        second = ["--second-key", second_key] if second_key else []
        second += ["--debug"] if debug else []
        bulkhead("sign", self.source, "--key", key, *second, *self.images, "--out", signed, "--force")
        return signed

    def _bundle(self, option, name, *more):
        medium = self.folder / name
        bulkhead("bundle", self.container, *self.trust, "--efi", self.efi, *self.images, option, medium,
                 "--force", *more)
        return medium

    def iso(self):
        """The path of a disc that a machine with a BIOS boots through GRUB."""
        return self._bundle("--iso", "disc.iso")

    def esp(self, secure_boot=None):
        """The path of a disk that a machine with UEFI boots; `secure_boot` is a key and its certificate, to sign with."""
        signing = ["--sb-key", secure_boot[0], "--sb-cert", secure_boot[1]] if secure_boot else []
        return self._bundle("--esp", "disk.img", *signing)
