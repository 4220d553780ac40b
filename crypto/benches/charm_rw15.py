"""Times RW15 of charm-crypto-framework on curve SS512 (80-bit): charm_rw15.py RUNS SIZE...

Prints one JSON object per line: {"case", "attributes", "value"} in milliseconds of processor time, the best of RUNS.
Exits with 3 when charm cannot be imported. n attributes come from 10 authorities, joined by AND.
"""

import json
import sys
import time

try:
    from charm.schemes.abenc.abenc_maabe_rw15 import MaabeRW15, merge_dicts
    from charm.toolbox.pairinggroup import GT, PairingGroup
except ImportError:
    sys.exit(3)


def best(action, runs):
    times = []
    for _ in range(runs):
        start = time.process_time()
        result = action()
        times.append(time.process_time() - start)
    return min(times) * 1000, result


def measure(count, runs):
    group = PairingGroup("SS512")
    scheme = MaabeRW15(group)
    parameters = scheme.setup()
    authorities = [f"AUTH{index}" for index in range(10)]
    publics, secrets = {}, {}
    for authority in authorities:
        publics[authority], secrets[authority] = scheme.authsetup(parameters, authority)
    attributes = [f"ATTR{index}@{authorities[index * 10 // count]}" for index in range(count)]
    keys = {"GID": "bob", "keys": {}}
    for attribute in attributes:
        key = scheme.keygen(parameters, secrets[attribute.split("@")[1]], "bob", attribute)
        keys["keys"][attribute] = key
    message = group.random(GT)
    policy = " and ".join(attributes)
    encrypt_ms, ciphertext = best(lambda: scheme.encrypt(parameters, publics, message, policy), runs)
    decrypt_ms, opened = best(lambda: scheme.decrypt(parameters, keys, ciphertext), runs)
    assert opened == message, "charm did not decrypt its own ciphertext"
    for case, value in (("full_encrypt", encrypt_ms), ("full_decrypt", decrypt_ms)):
        print(json.dumps({"case": case, "attributes": count, "value": value}), flush=True)


# charm walks an AND of n attributes n deep.
sys.setrecursionlimit(100_000)
for argument in sys.argv[2:]:
    measure(int(argument), int(sys.argv[1]))
