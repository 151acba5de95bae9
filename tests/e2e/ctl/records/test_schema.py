"""licetctl schema: JSON Schema and the parser say the same of jobs and consents, and of what follow writes."""

import json
import re

from checks import misuse, write
from harness import Failure, equal
from world import CAMPAIGN, CONSENT, World, job, start


def is_valid(schema, value):
    """As far as our schemas go."""
    if "anyOf" in schema and not any(is_valid(s, value) for s in schema["anyOf"]):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    kind = {"string": str, "array": list, "object": dict}.get(schema.get("type"))
    if kind is not None and not isinstance(value, kind):
        return False
    if isinstance(value, str):
        return schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10 ** 9) and re.search(schema.get("pattern", ""), value) is not None
    if isinstance(value, list):
        return len(value) <= schema.get("maxItems", 10 ** 9) and all(is_valid(schema.get("items", {}), v) for v in value)
    if isinstance(value, dict) and "properties" in schema:
        known = schema["properties"]
        return all(n in value for n in schema["required"]) and all(is_valid(known[n], v) if n in known else schema["additionalProperties"] for n, v in value.items())
    return True


VALUES = ["", "x", "x" * 64, "x" * 65, "x" * 128, "x" * 129, "x" * 256, "x" * 257, "67000", "67_000", "ABC 12", "a\tb", "é", "123456789", "12345678", "123456789012345",
          "2026-09-01T10:12:00+02:00", "2026-09-01 10:12:00Z", "2026-09-01T10:12:00.123Z", "2026-09-01T10:12:00", "2026-09-01", "tomorrow", 5, None, True, [], ["x"], [5], ["x"] * 16,
          ["x"] * 17, {}, {"a": 1}, "0600000001"]


def test_schema_and_parser(env):
    """Each field with each of many values: what the schema takes the parser takes, and nothing else."""
    World(env).define()
    whole, inner = env.ctl_json("schema", "job"), env.ctl_json("schema", "consent")
    equal({k: v for k, v in inner.items() if k != "$schema"}, whole["properties"]["consent"])
    jobs = [job(1), {"id": "1"}, {"to": "0600000001"}, {**job(1), "other": 1}]
    for name in whole["properties"]:
        jobs += [{**job(1), name: v} for v in VALUES if name != "to" or v == "0600000001" or not isinstance(v, str)]
    for name in (*inner["properties"], "other"):
        jobs += [{**job(1), "consent": {**CONSENT, name: v}} for v in VALUES]
    path = write(env, "jobs.jsonl", *[json.dumps(j) for j in jobs])
    refused = {line["line"] for line in env.ctl_json("enqueue", CAMPAIGN, path, "--dry-run", code=1)["lines"] if line["field"] not in ("to",) or line["reason"] != "number-malformed"}
    differ = [(j, is_valid(whole, j)) for n, j in enumerate(jobs, 1) if is_valid(whole, j) != (n not in refused)]
    # A code of no territory is refused later, by the rulebook.
    differ = [d for d in differ if d[0].get("postcode") in (None, *(v for v in VALUES if not isinstance(v, str))) or not d[1]]
    differ = [d for d in differ if not (d[1] and (isinstance(d[0].get("postcode"), str) and d[0]["postcode"] != "67000" or isinstance(d[0].get("insee"), str)))]
    if differ:
        raise Failure(f"{len(differ)} of {len(jobs)}: {differ[:5]}")
    misuse(env, "schema", "jobs")


def test_schema_of_what_follow_writes(env):
    w = start(env)
    w.push(job(1), job(2, consent=None), "no json")
    w.wait_intake(3)
    w.done(w.take(1)[0]["token"], "opted-out")
    w.wait_stat("done", 1)
    schema = env.ctl_json("schema", "outcome")
    lines = [json.loads(line) for line in env.ctl("follow", "--once", "--kinds", "done,refused,invalid,oppositions").out.splitlines()]
    equal(sorted(e["stream"] for e in lines), ["done", "invalid", "oppositions", "refused"])
    for line in lines:
        equal(is_valid(schema, line), True, line)
    equal(is_valid(schema, {**lines[0], "stream": "other"}), False)


def test_pushed_twice_is_one_job(env):
    """Who did not hear the answer of RPUSH pushes again; nobody is called twice."""
    w = start(env)
    w.push(job(1), job(2))
    w.push(job(1), job(2))
    w.wait_intake(4)
    equal(sorted(j["id"] for j in w.take(10)), ["1", "2"])
    equal(w.reasons(), {"1": "duplicate", "2": "duplicate"})
