// The load of telemetry-load.ts on ns-3's UDP sockets: `telemetry-load <scheduler> <nodes> <microseconds>`.
#include <ns3/core-module.h>
#include <ns3/internet-module.h>
#include <ns3/network-module.h>
#include <ns3/point-to-point-module.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "meter.h"

using namespace ns3;

static const uint32_t CELL_NODES = 10;
static const uint16_t HUB_PORT = 7000;
static const uint16_t ROUTER_PORT = 2000;
static const int64_t PERIOD_US = 20000000;
static const uint32_t REPORT_BYTES = 64;
static const uint32_t ANSWER_BYTES = 32;
static const int64_t QUIET_US = 1000000;

static Totals totals;
static int64_t untilUs;

static Ptr<Packet> DatagramOf(uint32_t state, uint32_t length) {
  uint8_t bytes[REPORT_BYTES] = {static_cast<uint8_t>(state >> 24), static_cast<uint8_t>(state >> 16),
                                 static_cast<uint8_t>(state >> 8), static_cast<uint8_t>(state)};
  return Create<Packet>(bytes, length);
}

static uint32_t StateOf(Ptr<Packet> packet) {
  uint8_t bytes[4];
  packet->CopyData(bytes, 4);
  return static_cast<uint32_t>(bytes[0]) << 24 | static_cast<uint32_t>(bytes[1]) << 16 |
         static_cast<uint32_t>(bytes[2]) << 8 | bytes[3];
}

static Ptr<Socket> OpenSocket(Ptr<Node> node, uint16_t port) {
  Ptr<Socket> socket = Socket::CreateSocket(node, UdpSocketFactory::GetTypeId());
  socket->Bind(InetSocketAddress(Ipv4Address::GetAny(), port));
  return socket;
}

struct Hub {
  explicit Hub(Ptr<Node> node) : socket(OpenSocket(node, HUB_PORT)) {
    socket->SetRecvCallback(MakeCallback(&Hub::Receive, this));
  }

  void Receive(Ptr<Socket>) {
    Address from;
    while (Ptr<Packet> packet = socket->RecvFrom(from)) {
      const uint32_t state = StateOf(packet);
      totals.Count(state);
      socket->SendTo(DatagramOf(state, ANSWER_BYTES), 0, from);
    }
  }

  Ptr<Socket> socket;
};

struct Router {
  Router(Ptr<Node> node, Ipv4Address hub, uint32_t index)
      : socket(OpenSocket(node, ROUTER_PORT)), hub(hub, HUB_PORT), state(index * 2654435761u) {
    socket->SetRecvCallback(MakeCallback(&Router::Receive, this));
    const int64_t firstUs = 1 + static_cast<int64_t>(index) * 7919000 % PERIOD_US;
    Simulator::Schedule(MicroSeconds(firstUs), &Router::Report, this);
  }

  void Report() {
    state = state * 1664525u + 1013904223u;
    totals.Count(state);
    socket->SendTo(DatagramOf(state, REPORT_BYTES), 0, hub);
    if (Simulator::Now().GetMicroSeconds() + PERIOD_US > untilUs) return;
    Simulator::Schedule(MicroSeconds(PERIOD_US), &Router::Report, this);
  }

  void Receive(Ptr<Socket>) {
    Address from;
    while (Ptr<Packet> packet = socket->RecvFrom(from)) totals.Count(StateOf(packet));
  }

  Ptr<Socket> socket;
  InetSocketAddress hub;
  uint32_t state;
};

static void AddAddress(Ptr<Node> node, Ptr<NetDevice> device, Ipv4Address address) {
  Ptr<Ipv4> ipv4 = node->GetObject<Ipv4>();
  const uint32_t interface = ipv4->AddInterface(device);
  ipv4->AddAddress(interface, Ipv4InterfaceAddress(address, Ipv4Mask("255.255.255.252")));
  ipv4->SetUp(interface);
}

int main(int, char** argv) {
  const uint32_t nodeCount = static_cast<uint32_t>(std::atol(argv[2]));
  untilUs = std::atoll(argv[3]);
  ObjectFactory scheduler;
  scheduler.SetTypeId(std::string("ns3::") + argv[1]);
  Simulator::SetScheduler(scheduler);
  Meter meter;
  NodeContainer nodes;
  nodes.Create(nodeCount);
  InternetStackHelper internet;
  internet.SetIpv6StackInstall(false);
  // Of its routing protocols the one that is needed.
  Ipv4StaticRoutingHelper routing;
  internet.SetRoutingHelper(routing);
  internet.Install(nodes);
  PointToPointHelper link;
  link.SetDeviceAttribute("DataRate", StringValue("1Gbps"));
  // To the middle and on from there.
  link.SetChannelAttribute("Delay", StringValue("250us"));
  std::vector<std::unique_ptr<Hub>> hubs;
  std::vector<std::unique_ptr<Router>> routers;
  Ptr<Node> hub;
  for (uint32_t index = 0; index < nodeCount; index += 1) {
    Ptr<Node> node = nodes.Get(index);
    if (index % CELL_NODES == 0) {
      hub = node;
      hubs.push_back(std::make_unique<Hub>(node));
      continue;
    }
    NetDeviceContainer devices = link.Install(hub, node);
    const uint32_t net = 0x0a000000u + 4 * index;
    AddAddress(hub, devices.Get(0), Ipv4Address(net + 1));
    AddAddress(node, devices.Get(1), Ipv4Address(net + 2));
    routers.push_back(std::make_unique<Router>(node, Ipv4Address(net + 1), index));
  }
  Simulator::Stop(MicroSeconds(untilUs + QUIET_US));
  meter.Start();
  Simulator::Run();
  meter.Print(totals);
}
