"""Sends and receives raw IPv4 frames on interfaces: what the laboratory cannot do from Node.

Takes arguments `INTERFACE=ADDRESS`, the address being that of the machine at the other end. Reads lines `INTERFACE HEX`,
sends the frame there, and answers with a line `INTERFACE HEX` for each frame that came of it, then a line `.`. Ends with
its input.

Each frame is followed by an ARP probe (RFC 5227), and what came before its answer is what came of the frame: Linux puts
packets between veth interfaces into one queue for each processor, and this process stays on one.
"""

import os
import select
import socket
import sys

ETH_P_IP = 0x0800
ETH_P_ARP = 0x0806
FRAME_BYTES_MAX = 2048
ANSWER_S_MAX = 10

BROADCAST = b"\xff" * 6
NO_ADDRESS = b"\x00" * 4
# Ethernet, IPv4, lengths 6 and 4, request.
ARP_REQUEST = bytes.fromhex("0001080006040001")


def open_port(interface, protocol):
    port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    port.bind((interface, protocol))
    port.setblocking(False)
    return port


def probe_of(port, address):
    mac = port.getsockname()[4]
    header = BROADCAST + mac + ETH_P_ARP.to_bytes(2, "big")
    return header + ARP_REQUEST + mac + NO_ADDRESS + b"\x00" * 6 + socket.inet_aton(address)


def frames_of(port):
    while True:
        try:
            yield port.recv(FRAME_BYTES_MAX)
        except BlockingIOError:
            return


def await_answer(port, probe):
    port.send(probe)
    if not select.select([port], [], [], ANSWER_S_MAX)[0]:
        sys.exit("the other end does not answer ARP")
    for _ in frames_of(port):
        pass


def main():
    processors = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {processors[os.getpid() % len(processors)]})
    addresses = dict(argument.split("=") for argument in sys.argv[1:])
    ports = {interface: open_port(interface, ETH_P_IP) for interface in addresses}
    fences = {interface: open_port(interface, ETH_P_ARP) for interface in addresses}
    probes = {side: probe_of(fences[side], address) for side, address in addresses.items()}
    print("ready", flush=True)
    for line in sys.stdin:
        where, frame = line.split()
        ports[where].send(bytes.fromhex(frame))
        await_answer(fences[where], probes[where])
        for interface, port in ports.items():
            for received in frames_of(port):
                print(interface, received.hex())
        print(".", flush=True)


main()
