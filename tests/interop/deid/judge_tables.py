"""pycanon computes k, l and t of tables that `medshare deid run` wrote, and must find what was asked for.

usage: judge_tables.py MEDSHARE patients|diabetes TABLE WORK
"""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas
from pycanon import anonymity

DIVERSE = '{{ model = "distinct-diversity", attribute = "{}", l = 3 }}'
# pycanon truncates exp(entropy) to a whole number, and exp(ln 2) may be just below 2
ENTROPY = '{{ model = "entropy-diversity", attribute = "{}", l = 2.001 }}'
CLOSE = '{{ model = "t-closeness", attribute = "{}", t = {} }}'

TABLES = {
    # quasi-identifiers, other columns to keep, a diverse and a close attribute, the distance
    "patients": (["birth_date", "gender", "zip", "state", "race", "ethnicity"], [], "diagnosis", "diagnosis", 0.5),
    "diabetes": (
        [
            "race",
            "gender",
            "age",
            "admission_type_id",
            "discharge_disposition_id",
            "admission_source_id",
            "time_in_hospital",
        ],
        ["weight", "payer_code", "medical_specialty"],
        "diag_1",
        "readmitted",
        0.25,
    ),
}


def extracted(table: Path, work: Path) -> Path:
    if table.suffix != ".zip":
        return table
    with zipfile.ZipFile(table) as archive:
        archive.extract("dataset_diabetes/diabetic_data.csv", work)
    return work / "dataset_diabetes" / "diabetic_data.csv"


def configuration(plan: str, k: int, method: str, model: str, quasi: list[str], others: list[str]) -> str:
    text = plan.replace("\nk = 5\n", f"\nk = {k}\n").replace('method = "full-domain"', f'method = "{method}"')
    proposed = re.search(r"^quasi_identifiers = .*$", text, re.M).group()
    text = text.replace(proposed, f"quasi_identifiers = {json.dumps(quasi)}")
    # pycanon counts rows: here rows are taken for people, and what tells people apart goes.
    if person := re.search(r'^person = "(.*)"$', text, re.M):
        text = text.replace(person.group(), "").replace("direct_identifiers = [", f'direct_identifiers = ["{person[1]}", ')
    if others:
        text = text.replace("\nkeep = [", "\nkeep = [" + "".join(f'"{name}", ' for name in others))
    return text.replace("privacy = []", f"privacy = [{model}]")


def main(medshare: str, which: str, table: Path, work: Path) -> None:
    quasi, others, diverse, close, t = TABLES[which]
    table = extracted(table, work)
    run = lambda *arguments: subprocess.run([medshare, "deid", *arguments], check=True, capture_output=True, text=True)
    plan = run("plan", table).stdout
    cases = [
        # method, k, models, checks
        ("full-domain", 5, "", {}),
        ("full-domain", 10, DIVERSE.format(diverse), {"l": 3}),
        ("mondrian", 5, "", {}),
        ("mondrian", 10, DIVERSE.format(diverse), {"l": 3}),
        ("mondrian", 5, ENTROPY.format(diverse), {"entropy": 2}),
        ("mondrian", 5, CLOSE.format(close, t), {"t": t}),
    ]
    for number, (method, k, model, checks) in enumerate(cases):
        config, out = work / f"{which}{number}.toml", work / f"{which}{number}"
        config.write_text(configuration(plan, k, method, model, quasi, others))
        run("run", table, "--config", config, "--out", out)
        run("check", out, "--config", config)
        # A row's place must not be what is left of it in the table before.
        result = pandas.read_csv(out / table.name, dtype=str, keep_default_na=False).reset_index(drop=True)
        found = {"k": anonymity.k_anonymity(result, quasi)}
        assert found["k"] >= k, (method, found)
        if "l" in checks:
            found["l"] = anonymity.l_diversity(result, quasi, [diverse])
            assert found["l"] >= checks["l"], (method, found)
        if "entropy" in checks:
            found["entropy l"] = anonymity.entropy_l_diversity(result, quasi, [diverse])
            assert found["entropy l"] >= checks["entropy"], (method, found)
        if "t" in checks:
            found["t"] = anonymity.t_closeness(result, quasi, [close])
            assert found["t"] <= checks["t"] + 1e-9, (method, found)
        print(f"pycanon: {which}, {method}, asked for k = {k} {model}: {len(result)} rows, {found}", flush=True)


main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
