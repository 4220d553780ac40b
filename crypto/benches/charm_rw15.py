"""Times RW15 of charm-crypto-framework on curve SS512 (80-bit), for the sizes given as arguments.

Prints one JSON object per line: {"case", "attributes", "value"} in milliseconds of processor time, the best of two.
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


def best(action, runs=2):
    times = []
    for _ in range(runs):
        start = time.process_time()
        result = action()
        times.append(time.process_time() - start)
    return min(times) * 1000, result


def measure(count):
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
    encrypt_ms, ciphertext = best(lambda: scheme.encrypt(parameters, publics, message, policy))
    decrypt_ms, opened = best(lambda: scheme.decrypt(parameters, keys, ciphertext))
    assert opened == message, "charm did not decrypt its own ciphertext"
    for case, value in (("full_encrypt", encrypt_ms), ("full_decrypt", decrypt_ms)):
        print(json.dumps({"case": case, "attributes": count, "value": value}), flush=True)


for argument in sys.argv[1:]:
    measure(int(argument))
