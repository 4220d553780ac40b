"""Asks for data: python submit_request.py KEYFILE URL OID DATASET RECORD_TYPE PURPOSE [PASSPHRASE] (the last two numbers as in docs/http.md)"""
import hashlib, json, os, sys, time, urllib.error, urllib.request
from owner_requests import signing_key

def tagged_hash(domain, *parts):
    framed = lambda data: len(data).to_bytes(8, "big") + data
    return hashlib.sha256(framed(domain) + len(parts).to_bytes(8, "big") + b"".join(map(framed, parts))).digest()

def signed_request(key, network, owner, dataset, record_type, purpose, created_ms, nonce):
    who = bytes.fromhex(network) + key.public_key().public_bytes_raw() + bytes.fromhex(owner)
    what = len(dataset).to_bytes(8, "big") + dataset.encode() + (1).to_bytes(4, "big")  # version 1 of its terms
    purpose = purpose.to_bytes(4, "big") + b"\0" + bytes(8)  # no research use, no conditions
    times = created_ms.to_bytes(8, "big") + (created_ms + 3_600_000).to_bytes(8, "big")  # to be answered within an hour
    form = who + what + record_type.to_bytes(4, "big") + purpose + times + nonce
    entry = who + what + purpose + tagged_hash(b"medshare/request-form/v1", form) + times
    domain, name = b"medshare/entry/request/v1", tagged_hash(b"medshare/request-name/v1", entry)
    return name.hex(), form + key.sign(bytes([len(domain)]) + domain + entry)

if __name__ == "__main__":
    path, node, owner, dataset, record_type, purpose = sys.argv[1:7]
    network = json.load(urllib.request.urlopen(node + "/v1/status"))["network"]
    key, now = signing_key(path, *sys.argv[7:]), int(time.time() * 1000)
    request, signed = signed_request(key, network, owner, dataset, int(record_type), int(purpose), now, os.urandom(16))
    try:
        urllib.request.urlopen(urllib.request.Request(node + "/v1/requests", signed))
    except urllib.error.HTTPError as refused:
        sys.exit(json.load(refused)["error"]["message"])
    while (status := json.load(urllib.request.urlopen(f"{node}/v1/requests/{request}?wait_ms=5000&owner={owner}")))["state"] == "processing":
        pass
    print(request, status["state"], status["error"] and status["error"]["code"])
