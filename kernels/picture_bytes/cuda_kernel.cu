// `image_from_bytes` and `bytes_from_image` for programs without PyTorch: C++ with TensorRT, CuPy.
// One thread a pixel, along x; items of a batch along y of the grid. No shared memory, no barriers.

extern "C" __global__ void image_from_bytes(const unsigned char* pixels, float* image, int num_pixels) {
    const int pixel = blockIdx.x * blockDim.x + threadIdx.x;
    if (pixel >= num_pixels) return;
    const long long item = 3LL * num_pixels * blockIdx.y;
    for (int channel = 0; channel < 3; ++channel) {
        const float level = pixels[item + 3LL * pixel + channel];
        // Rounded as PyTorch's division is, whatever the compiler is told of fast arithmetic.
        image[item + 1LL * channel * num_pixels + pixel] = __fdiv_rn(level, 255.0f);
    }
}

extern "C" __global__ void bytes_from_image(const float* image, unsigned char* pixels, int num_pixels) {
    const int pixel = blockIdx.x * blockDim.x + threadIdx.x;
    if (pixel >= num_pixels) return;
    const long long item = 3LL * num_pixels * blockIdx.y;
    for (int channel = 0; channel < 3; ++channel) {
        const float value = image[item + 1LL * channel * num_pixels + pixel];
        pixels[item + 3LL * pixel + channel] = (unsigned char)(fminf(fmaxf(value, 0.0f), 1.0f) * 255.0f);
    }
}
