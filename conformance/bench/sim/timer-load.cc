// The load of timer-load.ts on ns-3: `timer-load <scheduler> <nodes> <microseconds>`.
#include <ns3/core-module.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "meter.h"

using namespace ns3;

static Totals totals;

struct TimerNode {
  uint32_t state;

  void Fire() {
    state = state * 1664525u + 1013904223u;
    totals.Count(state);
    Schedule();
  }

  void Schedule() {
    Simulator::Schedule(MicroSeconds(1 + state % 1000000), &TimerNode::Fire, this);
  }
};

int main(int, char** argv) {
  const uint32_t nodeCount = static_cast<uint32_t>(std::atol(argv[2]));
  ObjectFactory scheduler;
  scheduler.SetTypeId(std::string("ns3::") + argv[1]);
  Simulator::SetScheduler(scheduler);
  Meter meter;
  std::vector<TimerNode> nodes(nodeCount);
  for (uint32_t index = 0; index < nodeCount; index += 1) {
    nodes[index].state = index * 2654435761u;
    nodes[index].Schedule();
  }
  // What is due at the end is handled, too.
  Simulator::Stop(NanoSeconds(std::atoll(argv[3]) * 1000 + 500));
  meter.Start();
  Simulator::Run();
  meter.Print(totals);
}
