// CUDA source as C++ on a CPU, thread after thread: for kernels without shared memory and barriers.
#pragma once
#include <cmath>

#define __global__

struct Index {
    unsigned x, y, z;
};

inline Index threadIdx, blockIdx, blockDim, gridDim;

inline float __fdiv_rn(float a, float b) { return a / b; }

template <auto kernel>
struct Launcher;

template <class... Arguments, void (*kernel)(Arguments...)>
struct Launcher<kernel> {
    static void launch(Index grid, Index block, Arguments... arguments) {
        gridDim = grid, blockDim = block;
        for (blockIdx.z = 0; blockIdx.z < grid.z; ++blockIdx.z)
            for (blockIdx.y = 0; blockIdx.y < grid.y; ++blockIdx.y)
                for (blockIdx.x = 0; blockIdx.x < grid.x; ++blockIdx.x)
                    for (threadIdx.z = 0; threadIdx.z < block.z; ++threadIdx.z)
                        for (threadIdx.y = 0; threadIdx.y < block.y; ++threadIdx.y)
                            for (threadIdx.x = 0; threadIdx.x < block.x; ++threadIdx.x)
                                kernel(arguments...);
    }
};

// Where a kernel can be launched from, under a name without a signature in it.
#define LAUNCHABLE(kernel) \
    extern "C" { \
    void* launch_##kernel = reinterpret_cast<void*>(&Launcher<kernel>::launch); \
    }
