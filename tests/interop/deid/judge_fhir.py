"""Patients leave without a trace, their records valid and linked.

The scanner knows the inputs: every name, number, address line, telephone and exact birth date of every patient and practitioner is
looked for in the output. fhir.resources validates every resource. References must resolve.

usage: judge_fhir.py MEDSHARE FOLDER WORK
"""

import gzip
import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

WORD = re.compile(r"[\w'-]+")


# Of a type with more resources than this every tenth of the rest is validated, unless MEDSHARE_FULL is set: validating takes most of the time.
ALL_OF_A_TYPE = 1_000
FULL = bool(os.environ.get("MEDSHARE_FULL"))


def resources(folder: Path, wanted):
    """All resources of the types that are wanted."""
    for path in sorted(folder.glob("*.ndjson*")):
        if wanted(path.name.split(".")[0]):
            with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as lines:
                yield from map(json.loads, lines)


def secrets_of(folder: Path) -> set[str]:
    found = set()
    for name in ("Patient", "Practitioner"):
        for person in resources(folder, lambda own: own == name):
            for one in person.get("name", []):
                found.update([one["family"], *one.get("given", [])])
            found.update(one["value"] for one in person.get("identifier", []) if name == "Patient")
            found.update(one["value"] for one in person.get("telecom", []))
            for address in person.get("address", []):
                found.update(address.get("line", []))
            if "birthDate" in person:
                found.add(person["birthDate"])
            found.add(person["id"])
            for extension in person.get("extension", []):
                if extension["url"].endswith("mothersMaidenName"):
                    found.update(extension["valueString"].split())
    return found


def displays_of(folder: Path) -> set[str]:
    """Texts of code systems, which use words that are names as well: a patient is called Brain, another one White."""
    found = {"White", "Black or African American", "Asian"}

    def visit(value):
        if isinstance(value, dict):
            if "code" in value and isinstance(value.get("display"), str):
                found.add(value["display"])
            for child in value.values():
                visit(child)
        elif isinstance(value, list):
            for child in value:
                visit(child)

    for resource in resources(folder, lambda own: own not in ("Patient", "Practitioner", "Organization")):
        visit(resource)
    return found


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for child in value.values():
            yield from references(child)
    elif isinstance(value, list):
        for child in value:
            yield from references(child)


def main(medshare: str, source: Path, work: Path) -> None:
    secrets, displays = secrets_of(source), displays_of(source)
    for dates in ("year", "shift"):
        config = work / f"{dates}.toml"
        config.write_text(f'dates = "{dates}"\n')
        out = work / f"fhir-{dates}"
        subprocess.run([medshare, "deid", "run", source, "--config", config, "--out", out], check=True, capture_output=True)
        subprocess.run([medshare, "deid", "check", out, "--config", config], check=True, capture_output=True)
        ids, linked, words, lines, count, valid = set(), set(), set(), [], 0, 0
        for path in sorted(out.glob("*.ndjson")):
            model = getattr(importlib.import_module(f"fhir.resources.R4B.{path.stem.lower()}"), path.stem)
            for number, line in enumerate(path.open()):
                resource = json.loads(line)
                count += 1
                if FULL or number < ALL_OF_A_TYPE or number % 10 == 0:
                    model.parse_obj(resource)
                    valid += 1
                ids.add(resource["id"])
                linked.update(reference.rsplit("/", 1)[-1].rsplit(":", 1)[-1] for reference in references(resource))
                texts = [text for text in re.findall(r'"((?:[^"\\]|\\.)*)"', line) if text not in displays]
                for text in texts:
                    words.update(WORD.findall(text))
                lines.append("\n".join(texts))
        text = "\n".join(lines)
        leaks = {secret for secret in secrets if (secret in words if WORD.fullmatch(secret) else secret in text)}
        if dates == "shift":
            # A shifted date of one person may be another one's birthday; birth dates themselves are years in any case.
            leaks = {secret for secret in leaks if not re.fullmatch(r"\d{4}-\d\d-\d\d", secret)}
            assert not re.search(r'"birthDate":"\d{4}-', (out / "Patient.ndjson").read_text())
        assert not leaks, f"{len(leaks)} secrets in the output: {sorted(leaks)}"
        assert linked <= ids, f"{len(linked - ids)} references do not resolve"
        print(f"fhir.resources: {dates}: {valid} of {count} resources looked at and valid, {len(linked)} links resolve, 0 of {len(secrets)} secrets found", flush=True)


main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
