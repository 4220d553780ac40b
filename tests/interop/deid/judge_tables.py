"""pycanon computes k, l and t of tables that `medshare deid run` wrote, and must find what was asked for."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas
from pycanon import anonymity

QUASI = [
    "race",
    "gender",
    "age",
    "admission_type_id",
    "discharge_disposition_id",
    "admission_source_id",
    "time_in_hospital",
]
OTHERS = ["weight", "payer_code", "medical_specialty"]
SENSITIVE = "diag_1"

CASES = [
    # method, k, extra models, checks
    ("full-domain", 5, "", {}),
    ("full-domain", 10, '{ model = "distinct-diversity", attribute = "diag_1", l = 3 }', {"l": 3}),
    ("mondrian", 5, "", {}),
    ("mondrian", 10, '{ model = "distinct-diversity", attribute = "diag_1", l = 3 }', {"l": 3}),
    # pycanon truncates exp(entropy) to a whole number, and exp(ln 2) may be just below 2
    ("mondrian", 5, '{ model = "entropy-diversity", attribute = "diag_1", l = 2.001 }', {"entropy": 2}),
    ("mondrian", 5, '{ model = "t-closeness", attribute = "readmitted", t = 0.25 }', {"t": 0.25}),
]


def main(medshare: str, data: Path, work: Path) -> None:
    with zipfile.ZipFile(data / "uci-diabetes-130" / "dataset_diabetes.zip") as archive:
        archive.extract("dataset_diabetes/diabetic_data.csv", work)
    table = work / "dataset_diabetes" / "diabetic_data.csv"
    plan = subprocess.run([medshare, "deid", "plan", table], check=True, capture_output=True, text=True).stdout
    for number, (method, k, models, checks) in enumerate(CASES):
        config = work / f"{number}.toml"
        text = plan.replace("\nk = 5\n", f"\nk = {k}\n").replace('method = "full-domain"', f'method = "{method}"')
        proposed = re.search(r"^quasi_identifiers = .*$", text, re.M).group()
        text = text.replace(proposed, f"quasi_identifiers = {json.dumps(QUASI)}")
        text = text.replace("\nkeep = [", "\nkeep = [" + "".join(f'"{name}", ' for name in OTHERS))
        config.write_text(text.replace("privacy = []", f"privacy = [{models}]"))
        out = work / f"out{number}"
        subprocess.run([medshare, "deid", "run", table, "--config", config, "--out", out], check=True, capture_output=True)
        result = pandas.read_csv(out / "diabetic_data.csv", dtype=str, keep_default_na=False).reset_index(drop=True)
        found = {"k": anonymity.k_anonymity(result, QUASI)}
        assert found["k"] >= k, (method, found)
        if "l" in checks:
            found["l"] = anonymity.l_diversity(result, QUASI, [SENSITIVE])
            assert found["l"] >= checks["l"], (method, found)
        if "entropy" in checks:
            found["entropy l"] = anonymity.entropy_l_diversity(result, QUASI, [SENSITIVE])
            assert found["entropy l"] >= checks["entropy"], (method, found)
        if "t" in checks:
            found["t"] = anonymity.t_closeness(result, QUASI, ["readmitted"])
            assert found["t"] <= checks["t"] + 1e-9, (method, found)
        print(f"pycanon: {method}, asked for k = {k} {models}: {len(result)} rows, {found}", flush=True)


main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
