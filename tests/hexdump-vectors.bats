#!/usr/bin/env bats
# Vectors of every kind of segment, made at random: the dump is that of hexdump -C of the same bytes
# in one piece.

load lib/common
load lib/hexdump

@test "150 random vectors" {
  python3 - <<'EOF'
import os, random, subprocess

SEEDS = range(150)

def size_text(rng, number):
    """A number as a user may write it."""
    spellings = [str(number), "0" + str(number), hex(number), f"{number}B"]
    if number % 1024 == 0:
        spellings += [f"{number // 1024}K", f"{number // 1024}KiB"]
    if number % 512 == 0:
        spellings.append(f"{number // 512}s")
    return rng.choice(spellings)

def cut(rng, word, data):
    """The word with a range, and the bytes that has; now and then all of it."""
    size = len(data)
    start = rng.randrange(size + 1)
    end = rng.randrange(start, size + 1)
    form = rng.randrange(9)
    def text(number):
        return size_text(rng, number)
    if form == 0:
        return f"{word}@{text(start)}", data[start:]
    if form == 1:
        return f"{word}@{text(start)}+{text(end - start)}", data[start:end]
    if form == 2:
        return f"{word}@{text(start)}..{text(end)}", data[start:end]
    if form == 3:
        return f"{word}@..{text(end)}", data[:end]
    if form == 4:
        return f"{word}@-{text(size - start)}", data[start:]
    if form == 5:
        return f"{word}@-{text(size - start)}+{text(end - start)}", data[start:end]
    if form == 6:
        return f"{word}@{text(start)}..-{text(size - end)}", data[start:end]
    if form == 7:
        return f"{word}@..-{text(size - end)}", data[:end]
    return word, data

def literal(rng):
    data = rng.choice((bytes(rng.randrange(20)), rng.randbytes(rng.randrange(40)), b"ab" * 20))
    if rng.randrange(2):
        separator = rng.choice(("", ":", " "))
        return "hex:" + separator.join(f"{b:02x}" for b in data), data
    escapes = {10: "\\n", 13: "\\r", 9: "\\t", 92: "\\\\"}
    text = "".join(escapes.get(b) or (chr(b) if 33 <= b < 127 and b != 64 else
                   rng.choice((f"\\x{b:02X}", f"\\{b:03o}"))) for b in data)
    return "str:" + text, data

def integer(rng):
    width = rng.choice((2, 4, 8))
    order = rng.choice(("le", "be"))
    number = rng.randrange(-1 << (8 * width - 1), 1 << (8 * width))
    number = rng.choice((number, number, 0, -1, (1 << (8 * width)) - 1))
    data = (number % (1 << (8 * width))).to_bytes(width, {"le": "little", "be": "big"}[order])
    return f"{order}{8 * width}:{number}", data

def fill(rng):
    size = rng.choice((0, 1, 5, 16, 100, 4095, 4096, 5000, 200000))
    if rng.randrange(3) == 0:
        return f"zero:{size_text(rng, size)}", bytes(size)
    pattern = rng.randbytes(rng.choice((1, 1, 2, 3, 4, 7, 8, 16, 33)))
    return f"fill:{pattern.hex()}+{size_text(rng, size)}", (pattern * (size // len(pattern) + 1))[:size]

def make_files(rng):
    files = {}
    for i, size in enumerate((0, 1, 16, 1000, 65536, 300000)):
        data = rng.choice((rng.randbytes(size), bytes(size), (rng.randbytes(16) * (size // 16 + 1))[:size]))
        files[f"file-{i}"] = data
    hole = bytearray(150000)
    hole[70000:70003] = b"abc"
    files["sparse"] = bytes(hole)
    for name, data in files.items():
        with open(name, "wb") as f:
            f.truncate(len(data))
            if name == "sparse":
                f.seek(70000)
                f.write(b"abc")
            else:
                f.write(data)
    return files

def segment(rng, files):
    kind = rng.randrange(7)
    if kind <= 2:
        name = rng.choice(sorted(files))
        return cut(rng, rng.choice(("", "./", "file:")) + name, files[name])
    if kind == 3:
        return cut(rng, *fill(rng))
    if kind == 4:
        return integer(rng)
    return cut(rng, *literal(rng))

def check(seed):
    rng = random.Random(seed)
    if seed % 25 == 0:
        check.files = make_files(rng)
    words, parts = [], []
    for _ in range(rng.choice((1, 2, 3, 8, 40))):
        word, data = segment(rng, check.files)
        words.append(word)
        parts.append(data)
    data = b"".join(parts)
    options = []
    if data and rng.randrange(3) == 0:
        skip = rng.randrange(len(data))
        length = rng.randrange(1, len(data) - skip + 1)
        options = [f"--skip={skip}", f"--length={length}", f"--display-offset=-{skip}"]
        data = data[skip:skip + length]
    if rng.randrange(4) == 0:
        with open("list", "w") as f:
            f.write("\n".join(words[1:-1]))
        command = ["iovtool", "hexdump", words[0], "--segments-from=list", *options, "--", *words[1:][-1:]]
    else:
        command = ["iovtool", "hexdump", *options, "--", *words]
    judge = subprocess.run(["hexdump", "-C"], input=data, capture_output=True, check=True).stdout
    dump = subprocess.run(command, capture_output=True)
    same = dump.returncode == 0 and dump.stdout == judge
    assert same, f"seed {seed}: {command}\n{dump.stderr.decode()}{dump.stdout.decode()[:300]}\nnot\n{judge.decode()[:300]}"

for seed in SEEDS:
    check(seed)
EOF
}
