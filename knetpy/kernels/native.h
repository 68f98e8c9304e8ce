/* What the files of loops in C share. */

#include <stdint.h>
#include <string.h>
#ifdef _OPENMP
#include <omp.h>
#else
#define omp_get_thread_num() 0
#define omp_get_num_threads() 1
#define omp_get_max_threads() 1
#endif

/* Compiled for three generations of x86; the loader picks the newest that the machine has. */
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__)
#define LOOP __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"))) static
#else
#define LOOP static
#endif

/* Floats of a cache line; from what size on threads share; what stays in the nearest cache. */
enum { LINE = 16, SHARED = 1 << 15, BLOCK = 1 << 11 };

typedef int64_t I;
typedef struct { I from, n; } Share;

/* This thread's part of n items, cut between multiples of `unit`. */
static inline Share share(I n, I unit)
{
    I units = (n + unit - 1) / unit, threads = omp_get_num_threads(), me = omp_get_thread_num();
    I from = units * me / threads * unit, to = units * (me + 1) / threads * unit;
    return (Share){from, (to < n ? to : n) - from};
}

/* A block, run by all threads where there is enough to do: to start even one takes 0.6 us. */
#define PARALLEL(enough, ...)                  \
    do {                                       \
        if (enough) {                          \
            _Pragma("omp parallel") __VA_ARGS__ \
        } else __VA_ARGS__                     \
    } while (0)

/* exp(x) for x <= 0 to 2 units in the last place, and 0 below -87, before it is subnormal: Cephes' expf
   in a form that compilers turn into vectors. */
static inline float exp_below(float x)
{
    float k = (x * 1.44269504f + 12582912.f) - 12582912.f;  /* the nearest whole number */
    float r = x - k * 0.693359375f + k * 2.12194440e-4f, power;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1;
    int32_t bits = ((int32_t)(x < -87.f ? 0 : k) + 127) << 23;
    memcpy(&power, &bits, sizeof power);
    return x < -87.f ? 0 : p * power;
}

void knetpy_relu(const float *x, float *y, I n);
void knetpy_relu_dx(const float *dy, const float *x, float *dx, I n);
void knetpy_bias_relu(float *y, const float *bias, I rows, I columns);
void knetpy_bias_relu_dx(const float *dy, const float *y, float *dz, float *total, I rows,
                         I columns);
void knetpy_sum_rows(const float *x, float *total, I rows, I columns);
double knetpy_nll(const float *x, const I *ids, float *y, I rows, I columns);
void knetpy_nll_dx(const float *y, const I *ids, float *dx, I rows, I columns, float scale);
