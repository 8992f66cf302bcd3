"""The load of timer-load.ts on SimPy 3 or 4: `timer-load.py processes|callbacks <nodes> <microseconds>`."""

import json
import resource
import sys
import time

import simpy

MODULUS = 2**32


class Totals:
    events = 0
    checksum = 0


def process_node(env, state, totals):
    while True:
        yield env.timeout(1 + state % 1_000_000)
        state = (state * 1664525 + 1013904223) % MODULUS
        totals.events += 1
        totals.checksum = (totals.checksum + state) % MODULUS


class CallbackNode:
    """What SimPy does fastest: a callback on a timeout, without a process."""

    __slots__ = ("env", "state", "totals")

    def __init__(self, env, state, totals):
        self.env = env
        self.state = state
        self.totals = totals
        env.timeout(1 + state % 1_000_000).callbacks.append(self.fire)

    def fire(self, _event):
        state = (self.state * 1664525 + 1013904223) % MODULUS
        self.state = state
        self.totals.events += 1
        self.totals.checksum = (self.totals.checksum + state) % MODULUS
        self.env.timeout(1 + state % 1_000_000).callbacks.append(self.fire)


def resident_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main():
    before = resident_bytes()
    style, nodes, until = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    env = simpy.Environment()
    totals = Totals()
    for node in range(nodes):
        state = (node * 2654435761) % MODULUS
        if style == "processes":
            env.process(process_node(env, state, totals))
        else:
            CallbackNode(env, state, totals)
    # Starting a process is an event too; it is not what is measured.
    env.run(until=0.5)
    begun = time.process_time()
    # SimPy stops before what is due at `until`.
    env.run(until=until + 0.5)
    seconds = time.process_time() - begun
    run = {"events": totals.events, "checksum": totals.checksum, "seconds": seconds}
    print(json.dumps({**run, "bytes": resident_bytes() - before}))


main()
