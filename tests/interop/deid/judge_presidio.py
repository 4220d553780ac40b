"""Presidio's pattern recognisers as a second pair of eyes on what was released.

Every distinct text of a release is shown to them, over a blank engine (no model of language). What they take for an identifier and we let leave is a
disagreement: all are printed, with the scores that Presidio gives, and those that are not explained in EXPLAINED fail.

usage: judge_presidio.py FOLDER [FOLDER ...]    (needs presidio-analyzer 2.2.360; not part of scripts/test)
"""

import csv
import json
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

import spacy
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

# Below this score Presidio itself wants context before it believes a pattern.
BELIEVED = 0.4
# (entity, form of the text): why what Presidio sees is none.
EXPLAINED = [
    ("URL", r"^https?://(?:terminology\.)?hl7\.org/|^http://(?:loinc|snomed|unitsofmeasure|www\.nlm\.nih\.gov|www\.nubc\.org|hl7)\b|^urn:", "names of code systems"),
    ("URL", r"^[A-Za-z ]+(?:A1c/Hemoglobin)?[./][^@]* ?(?:\[|rate|in Blood|sq M)|rate/", "displays of LOINC with a point inside"),
    ("PHONE_NUMBER", r"^\d{4,5}-\d$", "codes of LOINC, by their check digit"),
    ("PHONE_NUMBER", r"^\d{6,18}$", "concepts of SNOMED CT, by their check digit"),
    ("DATE_TIME", r"^\d{4}(-\d{4})?$|^-\d{4}$", "years, which Safe Harbor lets leave"),
]


class Blank(NlpEngine):
    """Words and nothing else."""

    def __init__(self):
        self.nlp = spacy.blank("en")

    def load(self):
        pass

    def is_loaded(self):
        return True

    def process_text(self, text, language):
        doc = self.nlp(text)
        return NlpArtifacts([], doc, [token.idx for token in doc], [token.text for token in doc], self, language)

    def process_batch(self, texts, language, **_):
        for text in texts:
            yield text, self.process_text(text, language)

    def is_stopword(self, word, language):
        return False

    def is_punct(self, word, language):
        return not any(letter.isalnum() for letter in word)

    def get_supported_entities(self):
        return []

    def get_supported_languages(self):
        return ["en"]


def texts_of(folder: Path) -> dict[str, str]:
    """Each distinct text with a place where it stands."""
    found: dict[str, str] = {}

    def visit(value, place):
        if isinstance(value, dict):
            for name, field in value.items():
                if name not in ("id", "reference", "fullUrl", "resourceType"):
                    visit(field, f"{place}.{name}")
        elif isinstance(value, list):
            for item in value:
                visit(item, place)
        elif isinstance(value, str):
            found.setdefault(value, place)

    for path in sorted(folder.glob("*.ndjson")):
        for line in path.open():
            visit(json.loads(line), path.stem)
    for path in sorted(folder.glob("*.csv")):
        for row in csv.DictReader(path.open()):
            for name, value in row.items():
                found.setdefault(value, name)
    return found


def main(folders: list[str]) -> None:
    analyzer = AnalyzerEngine(nlp_engine=Blank(), supported_languages=["en"])
    explained, open_ones = Counter(), defaultdict(list)
    count = 0
    for folder in map(Path, folders):
        for text, place in texts_of(folder).items():
            count += 1
            for result in analyzer.analyze(text=text, language="en"):
                if result.score < BELIEVED:
                    continue
                why = next((why for entity, form, why in EXPLAINED if entity == result.entity_type and re.search(form, text)), None)
                if why:
                    explained[f"{result.entity_type}: {why}"] += 1
                else:
                    open_ones[result.entity_type].append((round(result.score, 2), place, text[:80]))
    for entity, ones in sorted(open_ones.items()):
        print(f"{entity}: {len(ones)}")
        for one in ones[:25]:
            print("   ", *one)
    print(f"Presidio: {count} distinct texts, {sum(map(len, open_ones.values()))} disagreements, explained: {dict(explained)}")
    sys.exit(1 if open_ones else 0)


main(sys.argv[1:])
