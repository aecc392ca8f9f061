/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Has Google Benchmark run the cases: its options, its output. Times are CPU time of the thread and
 * of one item.
 */
#include <benchmark/benchmark.h>

extern "C" {
#include "bench/micro/case.h"
}

static void measure(benchmark::State &state, const struct micro_case *of)
{
    void *opened = of->open(of);
    if (!opened) {
        state.SkipWithError("not on this machine");
        return;
    }
    const auto items = of->items ? of->items : 1;
    for (auto _ : state)
        of->run(opened);
    of->close(opened);
    state.counters["item"] = benchmark::Counter(
        items, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

int main(int argc, char **argv)
{
    const struct micro_case *of;
    for (size_t i = 0; (of = micro_case_at(i)) != nullptr; i++)
        benchmark::RegisterBenchmark(of->name, measure, of);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 2;
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
