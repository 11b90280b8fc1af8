"""Forged and broken tokens, each with the only right answer to it. None may ever be let in."""

from __future__ import annotations

import json
import time

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import utils

from jwts import Key, b64

ISSUER = "https://issuer.test"


def claims(**changes) -> dict:
    """Alice's claims for chat, good for an hour, unless told otherwise; `...` leaves a claim out."""
    all_of_them = {"sub": "alice", "aud": "chat", "iss": ISSUER, "exp": int(time.time()) + 3600, **changes}
    return {name: value for name, value in all_of_them.items() if value is not ...}


def written(text: str, **changes) -> str:
    """Claims in which `exp` is written as `text`, which need not be JSON."""
    return json.dumps(claims(exp="@", **changes)).replace('"@"', text)


def forgeries(hs: Key, rs: Key, es: Key, ed: Key) -> list[tuple[str, str, int]]:
    """(what it is, the token, the status); `hs` is one of two HS256 keys, the others are alone with their algorithm."""
    good = hs.token(claims())
    signed, signature = good.rsplit(".", 1)
    now = int(time.time())
    stranger = Key("RS256", "r")
    own_hs = lambda secret: Key("HS256", "h", secret)
    der = rs.private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    es_good = es.token(claims())
    es_signature = es.sign(es_good.rsplit(".", 1)[0].encode())
    es_der = utils.encode_dss_signature(
        int.from_bytes(es_signature[:32], "big"), int.from_bytes(es_signature[32:], "big"))
    es_raw = lambda value: es.raw(json.dumps(es.head()), json.dumps(claims()), value)
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    nested = "[" * 5000
    last = good[-1]
    sibling = next(c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
                   if c != last and b64_equal(good[:-1] + c, good))
    cases = [(f"alg {name}", hs.raw(json.dumps(hs.head(alg=name)), json.dumps(claims()), b""), 401)
             for name in ("none", "None", "NONE", "nOnE")]
    cases += [(f"alg {name}, signed", hs.token(claims(), alg=name), 401)
              for name in ("none", "hs256", "HS512", "RS256", "", None, 7, ["HS256"])]
    cases += [
        ("no alg", hs.token(claims(), alg=...), 401),
        ("HS256 with the RSA key's PEM", own_hs(rs.pem).token(claims(), kid="r"), 401),
        ("HS256 with the RSA key's PEM, stripped", own_hs(rs.pem.strip()).token(claims(), kid="r"), 401),
        ("HS256 with the RSA key's DER", own_hs(der).token(claims(), kid="r"), 401),
        ("HS256 with the EC key's PEM", own_hs(es.pem).token(claims(), kid="e"), 401),
        ("RS256 with an HMAC", hs.raw(json.dumps(rs.head()), json.dumps(claims())), 401),
        ("HS256 with an RSA signature", rs.raw(json.dumps(hs.head()), json.dumps(claims())), 401),
        ("HS256 with no secret", own_hs(b"\0").raw(json.dumps(hs.head()), json.dumps(claims())), 401),
        ("HS256 with the kid as secret", own_hs(b"h").token(claims()), 401),
        ("another key of the same name", stranger.token(claims()), 401),
        ("exp missing", hs.token(claims(exp=...)), 401),
        ("exp a string", hs.token(claims(exp=str(now + 3600))), 401),
        ("exp null", hs.token(claims(exp=None)), 401), ("exp true", hs.token(claims(exp=True)), 401),
        ("exp a list", hs.token(claims(exp=[now + 3600])), 401),
        ("exp in milliseconds", hs.token(claims(exp=(now + 3600) * 1000)), 401),
        ("exp negative", hs.token(claims(exp=-1)), 401),
        *[(f"exp {text}", hs.raw(json.dumps(hs.head()), written(text)), 401)
          for text in ("NaN", "Infinity", "1e400", "0x7fffffff", "+4102444800", "04102444800", "1" * 400)],
        ("expired", hs.token(claims(exp=now - 61)), 401), ("expired long ago", hs.token(claims(exp=0)), 401),
        # Hours ahead, since the tests may run long after they were collected.
        ("nbf to come", hs.token(claims(nbf=now + 20_000, exp=now + 30_000)), 401),
        ("iat to come", hs.token(claims(iat=now + 20_000, exp=now + 30_000)), 401),
        ("nbf a string", hs.token(claims(nbf="0")), 401),
        ("for another service", hs.token(claims(aud="game")), 403), ("for nobody", hs.token(claims(aud=...)), 403),
        ("for others", hs.token(claims(aud=["game", "chat2", "cha", "chat "])), 403),
        ("aud a number", hs.token(claims(aud=1)), 401), ("aud a mixed list", hs.token(claims(aud=["chat", 1])), 401),
        ("another issuer", hs.token(claims(iss="https://issuer.test.evil.example")), 401),
        ("no issuer", hs.token(claims(iss=...)), 401), ("issuer a list", hs.token(claims(iss=[ISSUER])), 401),
        *[(f"kid {kid!r}", hs.token(claims(), kid=kid), 401)
          for kid in ("../../../../dev/null", "/etc/hostname", "h' OR '1'='1", "h\0", "H", "", "unknown", "r", 1, None,
                      ["h"], {"h": 1}, "https://evil.example/keys.json", "h" * 4000)],
        *[(f"kid {kid!r}, one key fits", rs.token(claims(), kid=kid), 401)
          for kid in ("../../../../dev/null", "unknown", "", "R", "r\0")],
        ("no kid, two keys fit", hs.token(claims(), kid=...), 401),
        ("crit", hs.token(claims(), crit=["exp"]), 401), ("b64", hs.token(claims(), b64=True), 401),
        ("its own key", stranger.token(claims(), kid=..., jwk=stranger.jwk), 401),
        ("its own key beside ours", rs.token(claims(), jwk=stranger.jwk), 401),
        ("jku", hs.token(claims(), jku="http://127.0.0.1:1/keys"), 401),
        ("x5u", hs.token(claims(), x5u="file:///etc/hostname"), 401), ("x5c", hs.token(claims(), x5c=["MIIB"]), 401),
        ("typ JWE", hs.token(claims(), typ="JWE"), 401),
        ("duplicate sub", hs.raw(json.dumps(hs.head()), json.dumps(claims())[:-1] + ',"sub":"admin"}'), 401),
        ("duplicate exp", hs.raw(json.dumps(hs.head()), f'{{"exp":{now - 99},' + json.dumps(claims())[1:]), 401),
        ("duplicate exp in disguise", hs.raw(json.dumps(hs.head()), json.dumps(claims())[:-1] + ',"\\u0065xp":1}'), 401),
        ("duplicate alg", hs.raw('{"alg":"none",' + json.dumps(hs.head())[1:], json.dumps(claims())), 401),
        ("no signature", signed + ".", 401), ("two parts", signed, 401), ("only a signature", ".." + signature, 401),
        ("signature of another token", f"{signed}.{hs.token(claims(sub='bob')).rsplit('.', 1)[1]}", 401),
        ("payload of another token", ".".join(
            [good.split(".")[0], b64(json.dumps(claims(sub="admin")).encode()), signature]), 401),
        ("signature cut", good[:-4], 401), ("signature longer", good + "AAAA", 401),
        ("ES256 of zeros", es_raw(bytes(64)), 401), ("ES256 of the order", es_raw(order.to_bytes(32, "big") * 2), 401),
        ("ES256 in DER", es_raw(es_der), 401), ("ES256 of nothing", es_raw(b""), 401),
        ("EdDSA of zeros", ed.raw(json.dumps(ed.head()), json.dumps(claims()), bytes(64)), 401),
        ("RS256 of zeros", rs.raw(json.dumps(rs.head()), json.dumps(claims()), bytes(256)), 401),
        ("base64 with stray bits", good[:-1] + sibling, 401), ("padding", good + "=", 401),
        ("four parts", good + ".e30", 401), ("five parts, as a JWE", good + ".e30.e30", 401),
        ("a leading space", " " + good, 401), ("a trailing space", good + " ", 401), ("a line feed", good + "\n", 401),
        ("a NUL", good + "\0", 401), ("a byte order mark", "\ufeff" + good, 401), ("quotes", f'"{good}"', 401),
        ("a scheme of its own", "Bearer " + good, 401), ("nothing", "", 401), ("null", "null", 401),
        ("a token in a token", hs.raw(json.dumps(hs.head(cty="JWT")), good), 401),
        ("payload a list", hs.raw(json.dumps(hs.head()), json.dumps([claims()])), 401),
        ("payload cut", hs.raw(json.dumps(hs.head()), json.dumps(claims())[:-1]), 401),
        ("payload and more", hs.raw(json.dumps(hs.head()), json.dumps(claims()) + "{}"), 401),
        ("payload not UTF-8", hs.raw(json.dumps(hs.head()), json.dumps(claims()).encode()[:-1] + b',"x":"\xff"}'), 401),
        ("payload deep", hs.raw(json.dumps(hs.head()), json.dumps(claims())[:-1] + f',"x":{nested}}}'), 401),
        ("no user", hs.token(claims(sub=...)), 401), ("user a number", hs.token(claims(sub=7)), 401),
        ("user a list", hs.token(claims(sub=["alice"])), 401), ("user empty", hs.token(claims(sub="")), 400),
        ("user with a control", hs.token(claims(sub="a\0b")), 400), ("user too long", hs.token(claims(sub="x" * 257)), 400),
        ("an unknown role", hs.token(claims(ringway_role="admin")), 401),
        ("longer than 8 KiB", hs.token(claims(more="x" * 8192)), 401), ("of 1 MiB", hs.token(claims(more="x" * (1 << 20))), 431),
    ]
    return cases


def b64_equal(left: str, right: str) -> bool:
    """Whether two spellings decode to the same bytes for a lenient reader."""
    import base64

    read = lambda text: base64.urlsafe_b64decode(text.rsplit(".", 1)[1] + "==")
    return read(left) == read(right)
