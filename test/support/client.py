"""A client of the msgpack dialect in another language: Debian's python3-websockets and python3-msgpack.

usage: client.py URL MODE LAST_TOPIC

Subscribes to ticker:*, says `subscribed` on stdout, folds what comes, and ends at the first value of LAST_TOPIC with
one line of JSON: the records it holds, and what a correct server never does.
"""
import asyncio
import json
import sys

import msgpack
import websockets

SUBPROTOCOL = "tickwire.v1.msgpack"


class State:
    def __init__(self):
        self.records = {}
        self.versions = {}
        self.violations = []
        self.count = 0

    def take(self, message):
        topic, seq, data = message["topic"], message["seq"], message["data"]
        if seq <= self.versions.get(topic, -1):
            self.violations.append(f"{topic}: {seq} after {self.versions[topic]}")
        self.versions[topic] = seq
        self.count += 1
        if message["type"] == "full":
            self.records[topic] = data
        elif topic not in self.records:
            self.violations.append(f"{topic}: a delta with nothing before it")
        else:
            merged = {**self.records[topic], **data}
            self.records[topic] = {name: v for name, v in merged.items() if v is not None}


async def read(url, mode, last_topic):
    state = State()
    async with websockets.connect(url, subprotocols=[SUBPROTOCOL]) as socket:
        if socket.subprotocol != SUBPROTOCOL:
            state.violations.append(f"the subprotocol is {socket.subprotocol}")
        params = {"topics": ["ticker:*"], "mode": mode}
        await socket.send(msgpack.packb({"id": 1, "method": "subscribe", "params": params}))
        async for frame in socket:
            # Strict: texts must be UTF-8, and keys must be texts.
            for message in msgpack.unpackb(frame, raw=False, strict_map_key=True):
                if message["type"] == "result":
                    print("subscribed", flush=True)
                elif message["type"] in ("full", "delta"):
                    state.take(message)
            if last_topic in state.records:
                return state
    state.violations.append("the server closed the connection")
    return state


final = asyncio.run(read(*sys.argv[1:]))
print(json.dumps({"records": final.records, "violations": final.violations, "count": final.count}))
