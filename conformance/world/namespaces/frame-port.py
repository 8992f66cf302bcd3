"""Sends and receives raw IPv4 frames on interfaces: what the laboratory cannot do from Node.

Reads lines `INTERFACE HEX`, sends the frame there, and answers with a line `INTERFACE HEX` for each frame that arrived
anywhere since, then a line `.`. A line `wait MS` sends nothing and listens that long. Ends with its input.
"""

import select
import socket
import sys

ETH_P_IP = 0x0800
FRAME_BYTES_MAX = 2048


def open_port(interface):
    port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_IP))
    port.bind((interface, ETH_P_IP))
    port.setblocking(False)
    return port


def drain(ports):
    for interface, port in ports.items():
        while True:
            try:
                frame = port.recv(FRAME_BYTES_MAX)
            except BlockingIOError:
                break
            print(interface, frame.hex())


def main():
    ports = {interface: open_port(interface) for interface in sys.argv[1:]}
    print("ready", flush=True)
    for line in sys.stdin:
        where, what = line.split()
        if where == "wait":
            select.select(list(ports.values()), [], [], int(what) / 1000)
        else:
            ports[where].send(bytes.fromhex(what))
        drain(ports)
        print(".", flush=True)


main()
