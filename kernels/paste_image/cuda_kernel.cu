// `paste_image` for programs without PyTorch: C++ with TensorRT, CuPy.
// One thread a pixel of the part, along x and y. No shared memory, no barriers.

extern "C" __global__ void paste_image(
    const unsigned char* part,       // (height, width, 3)
    const float* image,              // (3, image_height, image_width), 0..1
    const float* weights,            // (height, width)
    const float* image_from_part,    // (2, 3), row by row
    unsigned char* pasted,           // (height, width, 3), another place than `part` or the same
    int height, int width, int image_height, int image_width) {
    const int column = blockIdx.x * blockDim.x + threadIdx.x;
    const int row = blockIdx.y * blockDim.y + threadIdx.y;
    if (column >= width || row >= height) return;

    const float* m = image_from_part;
    // One cell beyond the image all is black, so nothing is lost by stopping there.
    const float x = fminf(fmaxf(m[0] * column + m[1] * row + m[2], -1.0f), image_width);
    const float y = fminf(fmaxf(m[3] * column + m[4] * row + m[5], -1.0f), image_height);
    const int left = (int)floorf(x), top = (int)floorf(y);

    const long long pixel = 1LL * row * width + column;
    for (int channel = 0; channel < 3; ++channel) {
        float moved = 0.0f;
        for (int corner = 0; corner < 4; ++corner) {
            const int at_x = left + corner % 2, at_y = top + corner / 2;
            if (at_x < 0 || at_x >= image_width || at_y < 0 || at_y >= image_height) continue;
            const float share = (1.0f - fabsf(x - at_x)) * (1.0f - fabsf(y - at_y));
            moved += share * image[(1LL * channel * image_height + at_y) * image_width + at_x];
        }
        const float there = part[3 * pixel + channel];
        const float mixed = there + (255.0f * moved - there) * weights[pixel];
        pasted[3 * pixel + channel] = (unsigned char)(fminf(fmaxf(mixed, 0.0f), 255.0f) + 0.5f);
    }
}
