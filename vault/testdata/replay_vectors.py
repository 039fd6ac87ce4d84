#!/usr/bin/env python3
"""Replays vectors.json without any Go: python3 replay_vectors.py

An independent reading of the formulas in the package comment and in the
docstrings of package vault, on the "cryptography" library (48 or newer) and a
few lines of HChaCha20 (draft-irtf-cfrg-xchacha).
"""
import hashlib, hmac, json, pathlib, struct, sys
from cryptography.hazmat.primitives import hashes, hpke, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive(secret, info):
    return HKDF(hashes.SHA256(), 32, salt=None, info=info).derive(secret)


def hchacha20(key, nonce16):
    s = list(struct.unpack("<4I", b"expand 32-byte k") + struct.unpack("<8I", key) + struct.unpack("<4I", nonce16))
    rotate = lambda v, n: ((v << n) | (v >> (32 - n))) & 0xFFFFFFFF

    def quarter(a, b, c, d):
        for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[x] = (s[x] + s[y]) & 0xFFFFFFFF
            s[z] = rotate(s[z] ^ s[x], n)

    for _ in range(10):
        for column in range(4):
            quarter(column, 4 + column, 8 + column, 12 + column)
        for a, b, c, d in ((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            quarter(a, b, c, d)
    return struct.pack("<8I", *(s[:4] + s[12:]))


def xseal(key, nonce, ad, plain):
    return ChaCha20Poly1305(hchacha20(key, nonce[:16])).encrypt(b"\0\0\0\0" + nonce[16:], plain, ad)


def sealed(key, nonce, ad, plain):
    return nonce + xseal(key, nonce, ad, plain)


def nonce(v):
    return hashlib.sha256(b"raksa/nonce" + v["head"] + v["class"]).digest()[:24]


def slot(v):
    header = b"\x01" + v["person"] + v["passes"] + v["memory_kib"] + v["threads"] + v["salt"]
    number = lambda name: int.from_bytes(v[name], "big")
    root = Argon2id(salt=v["salt"], length=32, iterations=number("passes"), lanes=number("threads"),
                    memory_cost=number("memory_kib")).derive(v["secret"])
    header += derive(root, b"raksa/slot/commit")[:16]
    return header + sealed(derive(root, b"raksa/slot/key"), v["nonce"], header, v["vault_key"] + v["sign_seed"])


def sign(v):
    message = b"raksa/sign/" + v["purpose"] + b"\0" + v["digest"]
    return Ed25519PrivateKey.from_private_bytes(v["seed"]).sign(message)


def blocking(v):
    message = struct.pack(">H", len(v["rule"])) + v["rule"] + v["value"]
    return hmac.new(derive(v["office_root"], b"raksa/office/blocking"), message, hashlib.sha256).digest()[:16]


def receiving(seed):  # X-Wing: one seed, two keys
    both = hashlib.shake_256(seed).digest(96)
    return MLKEM768PrivateKey.from_seed_bytes(both[:64]), X25519PrivateKey.from_private_bytes(both[64:])


def hpke_open(v):
    suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
    return suite.decrypt(v["sealed"], hpke.MLKEM768X25519PrivateKey(*receiving(v["seed"])), v["info"])


OPS = {
    "receiving-public": lambda v: b"".join(k.public_key().public_bytes_raw() for k in receiving(v["seed"])),
    "hpke-open": hpke_open,
    "nonce": nonce,
    "commitment": lambda v: hashlib.sha256(b"raksa/commit" + v["key"]).digest()[:16],
    "class-key": lambda v: derive(v["key"], b"raksa/class/" + v["class"]),
    "seal-block": lambda v: xseal(v["class_key"], nonce(v), v["head"] + v["class"], v["plain"]),
    "seal-state": lambda v: sealed(v["class_key"], v["nonce"], b"raksa/state" + v["record"] + v["class"], v["plain"]),
    "seal-value": lambda v: sealed(derive(v["root"], b"raksa/seal/" + v["purpose"]), v["nonce"], v["id"], v["plain"]),
    "wrap-record": lambda v: sealed(derive(v["root"], b"raksa/wrap/record"), v["nonce"], v["record"], v["key"]),
    "wrap-class": lambda v: sealed(derive(v["root"], b"raksa/wrap/class"), v["nonce"], v["record"] + v["class"], v["class_key"]),
    "wrap-receiving": lambda v: sealed(derive(v["root"], b"raksa/wrap/receiving"), v["nonce"], v["device"], v["seed"]),
    "slot": slot,
    "ratchet-next": lambda v: derive(v["e"], b"next"),
    "ratchet-wrap": lambda v: sealed(derive(v["e"], b"wrap"), v["nonce"], v["record"], v["key"]),
    "ratchet-state": lambda v: b"\x01" + v["node"] + v["index"] + v["e"],
    "deliver-classes": lambda v: sealed(derive(v["delivery_seed"], b"raksa/deliver/classes"), v["nonce"],
                                        v["record"] + v["device"], v["packed"]),
    "sign": sign,
    "office-wrap-root": lambda v: derive(v["office_root"], b"raksa/office/wrap"),
    "office-receiving-seed": lambda v: derive(v["office_root"], b"raksa/office/receiving"),
    "office-sign-seed": lambda v: derive(v["office_root"], b"raksa/office/sign"),
    "office-ca-seed": lambda v: derive(v["office_root"], b"raksa/office/ca"),
    "blocking-hash": blocking,
    "ed25519-public": lambda v: Ed25519PrivateKey.from_private_bytes(v["seed"]).public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw),
}


def main():
    file = pathlib.Path(__file__).with_name("vectors.json")
    agreed, wrong = 0, []
    for vector in json.loads(file.read_text())["vectors"]:
        given = {name: bytes.fromhex(value) for name, value in vector["in"].items()}
        if OPS[vector["op"]](given).hex() == vector["out"]:
            agreed += 1
        else:
            wrong.append(vector["name"])
    print(f"{agreed} agree, {len(wrong)} differ", *wrong, sep="\n  ")
    return 1 if wrong or not agreed else 0


if __name__ == "__main__":
    sys.exit(main())
