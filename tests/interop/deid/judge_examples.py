"""HL7's own example of every resource type leaves without a trace of anybody in it, valid and linked.

The examples have what real records have in odd places: names in displays, numbers in codings, comments everywhere. The scanner knows them: names,
telephones, identifiers, streets, and free text of people and places. So that people are alike, every example is there several times, under ids
and links of its own.

usage: judge_examples.py MEDSHARE TARBALL-OF-hl7.fhir.r4.examples WORK
"""

import importlib
import json
import re
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path

try:
    from pydantic.v1 import ValidationError
except ImportError:
    from pydantic import ValidationError

COPIES = 6
# What is no record of anybody: definitions, terminologies, tests.
DEFINITIONS = set(
    "ActivityDefinition CapabilityStatement CodeSystem CompartmentDefinition ConceptMap EventDefinition ExampleScenario GraphDefinition ImplementationGuide "
    "Library Measure MessageDefinition NamingSystem OperationDefinition OperationOutcome PlanDefinition Questionnaire ResearchDefinition "
    "ResearchElementDefinition SearchParameter StructureDefinition StructureMap TerminologyCapabilities TestReport TestScript ValueSet Bundle Parameters Binary "
    "Evidence EvidenceVariable EffectEvidenceSynthesis RiskEvidenceSynthesis CatalogEntry".split()
)
# Displays of HL7's own codes that have somebody's name as a word.
TERMS = {"Therapeutic Brand"}
REFERENCE = re.compile(r"^([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})$")


def examples(tarball: Path):
    with tarfile.open(tarball) as archive:
        for member in archive:
            if member.name.endswith(".json") and "/package/" not in member.name and "package.json" not in member.name:
                resource = json.load(archive.extractfile(member))
                if resource.get("resourceType") and resource["resourceType"] not in DEFINITIONS and resource.get("id"):
                    yield resource


def copied(value, number: int):
    """The same with links into the same copy."""
    if isinstance(value, dict):
        return {name: renamed(field, number) if name == "reference" else copied(field, number) for name, field in value.items()}
    return [copied(item, number) for item in value] if isinstance(value, list) else value


def renamed(reference, number: int):
    found = REFERENCE.match(reference) if isinstance(reference, str) else None
    return f"{found[1]}/{found[2]}-{number}"[: len(found[1]) + 65] if found else reference


def planted(value, found: set[str]):
    """Names, contacts, identifiers and streets, wherever they stand."""
    if isinstance(value, list):
        for item in value:
            planted(item, found)
    if not isinstance(value, dict):
        return
    if "family" in value or "given" in value:
        found.update([value.get("family"), value.get("text"), *value.get("given", [])])
    if value.get("system") in ("phone", "email", "fax", "url", "sms", "pager"):
        found.add(value.get("value"))
    for identifier in value.get("identifier", []) if isinstance(value.get("identifier"), list) else [value.get("identifier")]:
        if isinstance(identifier, dict):
            found.add(identifier.get("value"))
    for address in value.get("address", []) if isinstance(value.get("address"), list) else []:
        if isinstance(address, dict):
            found.update([address.get("text"), *address.get("line", [])])
    if "authorString" in value:
        found.add(value["authorString"])
    for name, field in value.items():
        if name != "text":
            planted(field, found)


CHOICE = re.compile(r"Expect any of field value from this list \[(.*)\]")


def is_masked(error: dict, resource) -> bool:
    """Whether a choice that the model misses has an element without a value, which says why: FHIR takes that, the model of a choice does not."""
    found = CHOICE.match(error["msg"])
    if not found:
        return False
    value = resource
    for step in error["loc"]:
        if step != "__root__":
            value = value[step]
    return any(f"_{name.strip(chr(39) + ' ')}" in value for name in found[1].split(","))


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for field in value.values():
            yield from strings(field)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def main(medshare: str, tarball: Path, work: Path) -> None:
    source, out = work / "examples", work / "examples-out"
    source.mkdir()
    secrets: set = set()
    files: dict = {}
    count = 0
    for resource in examples(tarball):
        planted(resource, secrets)
        count += 1
        for number in range(COPIES):
            copy = copied(resource, number)
            copy["id"] = f"{resource['id']}-{number}"[:64]
            files.setdefault(resource["resourceType"], []).append(json.dumps(copy))
    for name, lines in files.items():
        (source / f"{name}.ndjson").write_text("\n".join(lines) + "\n")
    # Short ones are words of every text; digits alone may be counts.
    secrets = {one for one in secrets if isinstance(one, str) and len(one) >= 5 and not one.isdigit() or isinstance(one, str) and len(one) >= 8}
    config = work / "examples.toml"
    config.write_text("k = 5\nsuppression_limit = 0.9\n")
    done = subprocess.run([medshare, "deid", "run", source, "--config", config, "--out", out], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
    subprocess.run([medshare, "deid", "check", out], check=True, capture_output=True)
    left, leaks, invalid = Counter(), Counter(), Counter()
    first = {}
    for path in sorted(out.glob("*.ndjson")):
        try:
            model = getattr(importlib.import_module(f"fhir.resources.R4B.{path.stem.lower()}"), path.stem)
        except (ImportError, AttributeError):
            model = None  # R4B does not have it
        for line in path.open():
            resource = json.loads(line)
            left[path.stem] += 1
            for text in strings(resource):
                for secret in secrets:
                    if secret in text and text not in TERMS:
                        leaks[(path.stem, secret, text[:80])] += 1
            try:
                if model:
                    model.parse_obj(resource)
            except ValidationError as error:
                if not all(is_masked(one, resource) for one in error.errors()):
                    invalid[path.stem] += 1
                    first.setdefault(path.stem, str(error)[:300])
    assert not leaks, f"{len(leaks)} secrets in the output: {leaks.most_common(40)}"
    assert not invalid, f"resources that are not valid: {invalid} {first}"
    gone = sorted(set(files) - set(left))
    print(
        f"HL7's examples: {sum(left.values())} resources of {len(left)} types left of {count * COPIES} of {len(files)} types, valid, "
        f"0 of {len(secrets)} secrets found; none left of {', '.join(gone)}",
        flush=True,
    )


main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
