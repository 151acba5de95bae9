"""The same as plain.c, as a script: plain.py SOCKET PREFIX JOBS."""

import json
import sys

import redis

BATCH = 100


def main():
    r, p, want = redis.Redis(unix_socket_path=sys.argv[1], decode_responses=True), sys.argv[2], int(sys.argv[3])
    popped = pushed = 0
    while popped < want:
        texts = r.lpop(p + "plain:queue", BATCH)
        if not texts:
            break
        popped += len(texts)
        jobs = []
        for text in texts:
            j = json.loads(text)
            if j.get("consent", {}).get("channel") == "automated-voice" and j["to"].startswith("+33") and len(j["to"]) == 12:
                jobs.append((j, text))
        numbers = [j["to"] for j, _ in jobs]
        marks = [m for j, _ in jobs for m in (j["to"], "i:" + j["id"])]
        pipe = r.pipeline(transaction=False)
        for name in ("list:opposition", "list:opposition:acme", "plain:anti-prospection"):
            pipe.smismember(p + name, numbers)
        pipe.smismember(p + "plain:seen", marks)
        pipe.hmget(p + "plain:attempts", numbers)
        *on, seen, attempts = pipe.execute()
        good = [i for i in range(len(jobs)) if not any(o[i] for o in on) and not seen[2 * i] and not seen[2 * i + 1]
                and len(attempts[i] or "") < 8]
        if good:
            pipe = r.pipeline(transaction=False)
            pipe.sadd(p + "plain:seen", *[m for i in good for m in marks[2 * i:2 * i + 2]])
            pipe.hset(p + "plain:attempts", mapping={numbers[i]: "ab" for i in good})
            pipe.rpush(p + "plain:out", *[jobs[i][1] for i in good])
            pipe.execute()
            pushed += len(good)
    print(popped, pushed)


main()
