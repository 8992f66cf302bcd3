"""The load of telemetry-load.ts on SimPy 3 or 4: `telemetry-load.py <nodes> <microseconds>`."""

import json
import resource
import sys
import time

import simpy

MODULUS = 2**32
CELL_NODES = 10
PERIOD_US = 20_000_000
REPORT_BYTES = 64
ANSWER_BYTES = 32
HEADER_BYTES = 28
QUIET_US = 1_000_000
LATENCY_US = 125
US_PER_BYTE = 0.008


class Totals:
    events = 0
    checksum = 0


class Link:
    """One direction of a link: sends one datagram after the other, then each takes its time."""

    __slots__ = ("env", "free")

    def __init__(self, env):
        self.env = env
        self.free = 0

    def pass_on(self, taker, datagram):
        now = self.env.now
        start = self.free if self.free > now else now
        self.free = start + (len(datagram[1]) + HEADER_BYTES) * US_PER_BYTE
        timeout = self.env.timeout(self.free + LATENCY_US - now, datagram)
        timeout.callbacks.append(taker)


class Node:
    __slots__ = ("env", "up", "down", "totals")

    def __init__(self, env, totals):
        self.env = env
        self.up = Link(env)
        self.down = Link(env)
        self.totals = totals

    def send(self, to, payload):
        self.up.pass_on(to.crossed, (self, payload))

    def crossed(self, event):
        """It passed the sender's link and enters that of this node."""
        self.down.pass_on(self.receive, event.value)

    def count(self, state):
        self.totals.events += 1
        self.totals.checksum = (self.totals.checksum + state) % MODULUS


class Hub(Node):
    __slots__ = ()

    def receive(self, event):
        sender, payload = event.value
        state = int.from_bytes(payload[:4], "big")
        self.count(state)
        self.send(sender, state.to_bytes(4, "big") + bytes(ANSWER_BYTES - 4))


class Router(Node):
    __slots__ = ("hub", "state", "until")

    def __init__(self, env, totals, hub, index, until):
        super().__init__(env, totals)
        self.hub = hub
        self.state = (index * 2654435761) % MODULUS
        self.until = until
        env.timeout(1 + index * 7_919_000 % PERIOD_US).callbacks.append(self.report)

    def report(self, _event):
        self.state = (self.state * 1664525 + 1013904223) % MODULUS
        self.count(self.state)
        self.send(self.hub, self.state.to_bytes(4, "big") + bytes(REPORT_BYTES - 4))
        if self.env.now + PERIOD_US <= self.until:
            self.env.timeout(PERIOD_US).callbacks.append(self.report)

    def receive(self, event):
        self.count(int.from_bytes(event.value[1][:4], "big"))


def resident_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main():
    nodes, until = int(sys.argv[1]), int(sys.argv[2])
    before = resident_bytes()
    env = simpy.Environment()
    totals = Totals()
    hub = None
    made = []
    for index in range(nodes):
        if index % CELL_NODES == 0:
            hub = Hub(env, totals)
            made.append(hub)
        else:
            made.append(Router(env, totals, hub, index, until))
    begun = time.process_time()
    env.run(until=until + QUIET_US)
    seconds = time.process_time() - begun
    run = {"events": totals.events, "checksum": totals.checksum, "seconds": seconds}
    print(json.dumps({**run, "bytes": resident_bytes() - before}))


main()
