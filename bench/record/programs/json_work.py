# SPDX-License-Identifier: MIT
"""Parses, filters and writes a JSON document: argv[1]."""
import json
import sys

with open(sys.argv[1], encoding="utf-8") as stream:
    records = json.load(stream)
by_tag = {}
for record in records:
    for tag in record["tags"]:
        by_tag.setdefault(tag, []).append(record["id"])
active = [{**record, "words": record["name"].split()} for record in records if record["active"]]
active.sort(key=lambda record: (-record["score"], record["name"]))
text = json.dumps({"active": active, "tags": by_tag}, indent=1, sort_keys=True)
again = json.loads(text)
print(len(text), len(again["active"]), len(by_tag))
