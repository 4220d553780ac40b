"""Lists who asked for an owner's data: python owner_requests.py KEYFILE URL [PASSPHRASE]"""
import base64, hashlib, json, os, sys, time, urllib.parse, urllib.request
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

def signing_key(path, passphrase=""):
    head, secret = open(path, newline="").read().replace("\r\n", "\n").split("secret: ")
    field = dict(line.split(": ", 1) for line in head.splitlines())
    secret = bytes.fromhex(secret.splitlines()[0])
    if field["protection"] != "insecure-plaintext":
        m, t, p = (int(word[2:]) for word in field["kdf"].split())
        kdf = Argon2id(salt=bytes.fromhex(field["salt"]), length=32, memory_cost=m, iterations=t, lanes=p)
        secret = AESGCM(kdf.derive(passphrase.encode())).decrypt(bytes.fromhex(field["nonce"]), secret, head.encode())
    return Ed25519PrivateKey.from_private_bytes(secret[:32])

def signed_headers(key, method, url, body=b""):
    b64, at = lambda data: base64.b64encode(data).decode(), urllib.parse.urlsplit(url)
    digest = f"sha-256=:{b64(hashlib.sha256(body).digest())}:"
    covered = {"@method": method, "@authority": at.netloc, "@path": at.path, "@query": "?" + at.query, "content-digest": digest}
    params = "(" + " ".join(f'"{name}"' for name in covered) + f");created={int(time.time())};nonce=\"{b64(os.urandom(16))}\""
    params += f';keyid="{key.public_key().public_bytes_raw().hex()}";alg="ed25519"'
    base = "".join(f'"{name}": {value}\n' for name, value in covered.items()) + f'"@signature-params": {params}'
    return {"Content-Digest": digest, "Signature-Input": f"me={params}", "Signature": f"me=:{b64(key.sign(base.encode()))}:"}

if __name__ == "__main__":
    key, first = signing_key(sys.argv[1], *sys.argv[3:]), sys.argv[2] + "/v1/owner/requests?limit=100"
    url = first
    while url:
        page = json.load(urllib.request.urlopen(urllib.request.Request(url, headers=signed_headers(key, "GET", url))))
        for block in page["items"]:
            print(block["block"], block["requestor"], block["dataset"], block["permission"]["status"])
        url = page["next"] and f"{first}&cursor={page['next']}"
