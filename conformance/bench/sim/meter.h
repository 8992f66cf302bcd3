// What a load takes in this process, as meter.ts measures it.
#pragma once
#include <sys/resource.h>

#include <cstdint>
#include <cstdio>
#include <ctime>

struct Totals {
  uint64_t events = 0;
  uint32_t checksum = 0;
  void Count(uint32_t state) {
    events += 1;
    checksum += state;
  }
};

class Meter {
 public:
  Meter() : m_residentBytes(ResidentBytes()) {}
  void Start() { m_begun = ProcessorSeconds(); }
  void Print(const Totals& totals) const {
    std::printf("{\"events\":%llu,\"checksum\":%u,\"seconds\":%.6f,\"bytes\":%ld}\n",
                static_cast<unsigned long long>(totals.events), totals.checksum,
                ProcessorSeconds() - m_begun, ResidentBytes() - m_residentBytes);
  }

 private:
  static double ProcessorSeconds() {
    timespec spent;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
  }
  static long ResidentBytes() {
    rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_maxrss * 1024;
  }
  long m_residentBytes;
  double m_begun = 0;
};
