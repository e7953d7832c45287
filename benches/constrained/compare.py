#!/usr/bin/env python3
"""The cost of a TLS 1.2 server on a Cortex-M4 with this core, BearSSL and Mbed TLS, as one Markdown table.

The two libraries are built with GCC from Debian 12's source packages for the board of core/examples/mps2, and
are driven by files in this folder. All run in the same emulator, which counts instructions, with the same
certificates. When run as root, missing packages are installed from Debian.
"""

import concurrent.futures
import dataclasses
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / ".ci/firmware"))
import board
import flash

VERSIONS = {"bearssl": "0.6", "mbedtls": "2.28"}
SIZE, SPEED = "-Os", "-O3"
# Cargo's names for them.
LEVELS = {SIZE: "s", SPEED: "3"}
# The shortest records that a client can ask for (RFC 6066 section 4).
SHORT = 512
COMPILE = [
    "arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16",
    "-ffunction-sections", "-fdata-sections",
]
LINK = ["-nostartfiles", "-Wl,--gc-sections", "-T", HERE / "board.ld"]


def run(*command, **options):
    words = [str(word) for word in command]
    return subprocess.run(words, check=True, text=True, stdout=subprocess.PIPE, **options).stdout


# --- the other libraries ----------------------------------------------------------------------------------


def sources(folder):
    """Debian's source packages: the version and the unpacked folder of each. apt uses its configured mirrors
    and keeps its files in `folder`."""
    (folder / "lists/partial").mkdir(parents=True)
    mirrors = run(
        "apt-get", "indextargets", "--format", "deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)",
        "Created-By: Packages", "Origin: Debian",
    )
    if not mirrors:
        sys.exit("apt knows no mirror of Debian: please run apt-get update")
    (folder / "sources.list").write_text(mirrors)
    (folder / "apt.conf").write_text(
        f'Dir::Etc::sourcelist "{folder}/sources.list"; Dir::Etc::sourceparts "-"; '
        f'Dir::State::lists "{folder}/lists";\n'
        'Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache ""; APT::Sandbox::User "root";\n'
    )
    environment = os.environ | {"APT_CONFIG": str(folder / "apt.conf")}
    run("apt-get", "-qq", "update", cwd=folder, env=environment)
    run("apt-get", "-qq", "source", *VERSIONS, cwd=folder, env=environment, stderr=subprocess.DEVNULL)
    found = {}
    for name, wanted in VERSIONS.items():
        version = next(folder.glob(f"{name}_*.dsc")).stem.partition("_")[2]
        if not version.startswith(wanted):
            sys.exit(f"{name} is {version} here, and not the {wanted} of Debian 12")
        found[name] = version, next(path for path in folder.glob(f"{name}-*") if path.is_dir())
    return found


@dataclasses.dataclass(frozen=True)
class Library:
    """A built library, and the compiler flags for the file that drives it."""

    archive: pathlib.Path
    driver: pathlib.Path
    flags: list

    @classmethod
    def build(cls, folder, driver, files, flags, private=()):
        print(f"building {folder.name}", file=sys.stderr)
        folder.mkdir()

        def compile(file):
            # Two files of a library may have the same name.
            output = folder / f"{file.parent.name}-{file.stem}.o"
            run(*COMPILE, *flags, *private, "-c", file, "-o", output)
            return output

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            objects = list(pool.map(compile, files))
        archive = folder / "library.a"
        run("arm-none-eabi-ar", "rcs", archive, *objects)
        return cls(archive, HERE / driver, flags)

    def image(self, name, main, *flags):
        return link(self.archive.parent / name, main, *self.flags, *flags, self.driver, self.archive)


def link(image, main, *words):
    """Links an image of the board's files, `main` and `words`; in our own files, warnings are errors."""
    own = [HERE / file for file in ("board.c", "pipe.c", main)]
    run(*COMPILE, "-std=gnu11", "-Wall", "-Wextra", "-Werror", f"-I{HERE}", *own, *words, *LINK, "-o", image)
    return image


def build_bearssl(folder, source, level):
    return Library.build(
        folder / f"bearssl{level}", "bearssl.c", source.glob("src/**/*.c"),
        # The time comes from the driver.
        [level, "-DBR_USE_UNIX_TIME=0", f"-I{source}/inc", *given(folder)], [f"-I{source}/src"],
    )


def build_mbedtls(folder, source, level, *options):
    return Library.build(
        folder / "-".join(["mbedtls", level, *options]), "mbedtls.c", source.glob("library/*.c"),
        [
            level, *options, "-DMBEDTLS_CONFIG_FILE=<mbedtls_config.h>",
            f"-I{source}/include", f"-I{HERE}", *given(folder),
        ],
    )


def given(folder):
    """The input of the drivers: credentials.h and the time."""
    return [f"-I{folder}", f"-DNOW={int(time.time())}"]


def write_credentials(folder, pki):
    arrays = {file.replace(".", "_"): (pki / file).read_bytes() for file in
              ("root.der", "server.der", "server.scalar", "client.der", "client.scalar")}
    arrays["root_subject"], key = subject_and_key(arrays["root_der"])
    # A SubjectPublicKeyInfo ends with the uncompressed point.
    arrays["root_point"] = key[-65:]
    declaration = "__attribute__((unused)) static const unsigned char"
    lines = [f"{declaration} {name}[] = {{{', '.join(map(str, data))}}};\n" for name, data in arrays.items()]
    (folder / "credentials.h").write_text("".join(lines))


def subject_and_key(der):
    """Two fields of a certificate, which follow five others (RFC 5280 section 4.1)."""

    def element(at):
        """Where the content of the element at `at` begins and ends."""
        start, length = at + 2, der[at + 1]
        if length > 0x80:
            start += length - 0x80
            length = int.from_bytes(der[at + 2 : start])
        return start, start + length

    at = element(element(0)[0])[0]
    for _ in range(5):
        at = element(at)[1]
    subject_end = element(at)[1]
    return der[at:subject_end], der[subject_end : element(subject_end)[1]]


# --- figures ----------------------------------------------------------------------------------------------


class Table:
    """Rows of figures of the three libraries, with the ratios of ours to the others'."""

    def __init__(self):
        columns = ["", "LSAM", "BearSSL", "Mbed TLS", "LSAM ÷ BearSSL", "LSAM ÷ Mbed TLS"]
        self.lines = [columns, ["---"] + ["---:"] * 5]

    def row(self, name, *figures):
        own, *others = figures
        ratios = [f"{own / other:.2f}" if own and other else "" for other in others]
        self.lines.append([name, *(f"{figure:,}" if figure else "" for figure in figures), *ratios])

    def __str__(self):
        return "\n".join("| " + " | ".join(line) + " |" for line in self.lines)


def ours(folder, level, name, *features, binary="measure"):
    print(f"building {name}", file=sys.stderr)
    os.environ["CARGO_PROFILE_RELEASE_OPT_LEVEL"] = LEVELS[level]
    return board.build(folder, folder / "credentials", name, binary, features)


def measure(*images):
    """The output of each image, as `board.measure` returns it."""
    return [board.measure(image.parent, image) for image in images]


HANDSHAKES = {
    "x25519-server": "full handshake, x25519", "secp256r1-server": "full handshake, secp256r1",
    "mutual-server": "mutual handshake, x25519",
}
RECORDS = {"record-seal": "1 KiB sealed", "record-open": "1 KiB opened"}


def instructions(table, words, operations, costs):
    for key, operation in operations.items():
        table.row(f"instructions, {words}: {operation}", *(cost[key][0] for cost in costs))


def stacks(table, costs):
    full = [max(cost[key][1] for key in ("x25519-server", "secp256r1-server")) for cost in costs]
    table.row("stack: full handshake", *full)
    table.row("stack: mutual handshake", *(cost["mutual-server"][1] for cost in costs))
    records = [max(cost[key][1] for key in RECORDS) for cost in costs]
    table.row("stack: 1 KiB sealed or opened", *records)


def memory(table, costs, short):
    """`short` is the cost of ours and BearSSL's with buffers for records of 512 bytes."""

    def total(cost, *keys):
        return sum(cost[f"{key}-server"][1] for key in keys if f"{key}-server" in cost)

    state, buffers = ("session", "x509"), ("buffers", "heap")
    everything = (*state, *buffers, "mutual")
    table.row("memory of a mutual connection: state", *(total(cost, *state) for cost in costs))
    table.row("memory of a mutual connection: buffers, and heap", *(total(cost, *buffers) for cost in costs))
    table.row(
        "memory of a mutual connection: total, with the stack", *(total(cost, *everything) for cost in costs),
    )
    table.row("the same with records of 512 bytes", *(total(cost, *everything) for cost in short), None)


def flashes(table, folder, bearssl, mbedtls, mbedtls_with_lists):
    """The size of each image beyond one without a library; of ours, what flash.py counts as TLS."""
    empty = weigh(link(folder / "empty.elf", "server.c", SIZE, "-DEMPTY"))

    def other(library, *flags):
        return weigh(library.image("-".join(["server", *flags]), "server.c", *flags)) - empty

    def own(name, *features):
        return flash.of_tls(flash.by_crate(ours(folder, SIZE, name, *features, binary="server")))

    one_curve = "-DCURVES=br_ec_p256_m31"
    table.row("flash: server", own("server"), other(bearssl), other(mbedtls))
    table.row("flash: server, only secp256r1", None, other(bearssl, one_curve), None)
    table.row("flash: with client certificates", None, other(bearssl, "-DMUTUAL"), other(mbedtls, "-DMUTUAL"))
    mutual_on_one_curve = other(bearssl, "-DMUTUAL", one_curve)
    table.row("flash: with client certificates, only secp256r1", None, mutual_on_one_curve, None)
    table.row(
        "flash: with client certificates and revocation lists", own("server-mutual", "client-validation"),
        None, other(mbedtls_with_lists, "-DMUTUAL"),
    )


def weigh(image):
    return flash.flash_of(flash.sections(image))


def main():
    has_newlib = pathlib.Path("/usr/include/newlib/string.h").exists()
    newlib = () if has_newlib else ("newlib=libnewlib-arm-none-eabi",)
    run(
        ROOT / ".ci/shared/need", "qemu-system-arm=qemu-system-arm", "openssl=openssl",
        "arm-none-eabi-gcc=gcc-arm-none-eabi", "arm-none-eabi-nm=binutils-arm-none-eabi",
        "dpkg-source=dpkg-dev", *newlib,
    )
    run(ROOT / ".ci/firmware/toolchain", os.environ.get("THUMB", "/opt/thumb"))
    with tempfile.TemporaryDirectory(prefix="lsam-compare-") as name:
        folder = pathlib.Path(name)
        pki = folder / "credentials"
        pki.mkdir()
        run(board.EXAMPLE / "credentials/make", pki)
        write_credentials(folder, pki)
        (bearssl_version, bearssl_source), (mbedtls_version, mbedtls_source) = sources(folder).values()

        def of_ours(level, name, *features):
            return ours(folder, level, name, "text", "client-validation", *features)

        bearssl = build_bearssl(folder, bearssl_source, SIZE)
        costs = measure(
            of_ours(SIZE, "lsam"), bearssl.image("measure", "measure.c"),
            build_mbedtls(folder, mbedtls_source, SIZE, "-DWITH_CLIENT").image("measure", "measure.c"),
        )
        fast = measure(
            of_ours(SPEED, "lsam-fast"),
            build_bearssl(folder, bearssl_source, SPEED).image("measure", "measure.c"),
            build_mbedtls(folder, mbedtls_source, SPEED, "-DWITH_CLIENT").image("measure", "measure.c"),
        )
        with_tables = measure(of_ours(SIZE, "lsam-tables", "precomputed-tables"))
        short = measure(
            of_ours(SIZE, "lsam-short", "small-records"),
            bearssl.image("measure-short", "measure.c", f"-DFRAGMENT={SHORT}"),
        )
        table = Table()
        instructions(table, "for size", HANDSHAKES | RECORDS, costs)
        instructions(table, "for size, ours with tables", HANDSHAKES, with_tables + costs[1:])
        instructions(table, "for speed", HANDSHAKES | RECORDS, fast)
        stacks(table, costs)
        memory(table, costs, short)
        flashes(
            table, folder, bearssl, build_mbedtls(folder, mbedtls_source, SIZE),
            build_mbedtls(folder, mbedtls_source, SIZE, "-DWITH_CRL"),
        )
    gcc_version = run(COMPILE[0], "-dumpversion").strip()
    print(f"BearSSL {bearssl_version}, Mbed TLS {mbedtls_version}, GCC {gcc_version}\n\n{table}")


if __name__ == "__main__":
    main()
