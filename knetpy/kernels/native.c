/* Loops that neither NumPy nor oneDNN fuses, each in one pass over memory.

   Arrays are float32 and dense.  native.py calls these functions and says what each computes; the
   NumPy code beside every call there, or in reference.py, gives the same numbers to rounding.
   No function needs Python, so the GIL is released while one runs.

   Threads come from OpenMP, from the same pool as oneDNN's.  Each takes one share of the work, of
   whole cache lines, and what is summed over shares is summed in their order: the same number of
   threads gives the same bits. */

#include <math.h>

#include "native.h"

/* Optimizer steps.  `table` has a row of addresses for each Param, and its size. */

typedef struct { float *w; const float *g; I n; } Plain;
typedef struct { float *w; const float *g; float *v; I n; } Moved;
typedef struct { float *w; const float *g; float *m, *v; I n; } Moments;

LOOP void sgd_loop(float *restrict w, const float *restrict g, I n, float lr)
{
    for (I i = 0; i < n; i++) w[i] -= lr * g[i];
}

void knetpy_sgd(const Plain *table, I count, I total, float lr)
{
    PARALLEL(total > SHARED, {
        for (const Plain *p = table; p < table + count; p++) {
            Share s = share(p->n, LINE);
            sgd_loop(p->w + s.from, p->g + s.from, s.n, lr);
        }
    });
}

LOOP void momentum_loop(float *restrict w, const float *restrict g, float *restrict v, I n,
                        float lr, float momentum)
{
    for (I i = 0; i < n; i++) {
        v[i] = v[i] * momentum - lr * g[i];
        w[i] += v[i];
    }
}

void knetpy_momentum(const Moved *table, I count, I total, float lr, float momentum)
{
    PARALLEL(total > SHARED, {
        for (const Moved *p = table; p < table + count; p++) {
            Share s = share(p->n, LINE);
            momentum_loop(p->w + s.from, p->g + s.from, p->v + s.from, s.n, lr, momentum);
        }
    });
}

LOOP void adam_loop(float *restrict w, const float *restrict g, float *restrict m,
                    float *restrict v, I n, double beta1, double beta2, float step,
                    float eps)
{
    float keep1 = (float)beta1, take1 = (float)(1 - beta1);
    float keep2 = (float)beta2, take2 = (float)(1 - beta2);
    for (I i = 0; i < n; i++) {
        m[i] = m[i] * keep1 + g[i] * take1;
        v[i] = v[i] * keep2 + g[i] * g[i] * take2;
        w[i] -= step * (m[i] / (sqrtf(v[i]) + eps));
    }
}

/* `step` and `eps` hold a number for each Param, for they depend on how many steps it has seen. */
void knetpy_adam(const Moments *table, I count, I total, double beta1, double beta2,
                 const double *step, const double *eps)
{
    PARALLEL(total > SHARED, {
        for (I k = 0; k < count; k++) {
            Moments p = table[k];
            Share s = share(p.n, LINE);
            adam_loop(p.w + s.from, p.g + s.from, p.m + s.from, p.v + s.from, s.n, beta1, beta2,
                      (float)step[k], (float)eps[k]);
        }
    });
}

/* The positive part of x. */

LOOP void relu_loop(const float *restrict x, float *restrict y, I n)
{
    for (I i = 0; i < n; i++) y[i] = x[i] < 0 ? 0 : x[i];  /* so that NaN stays NaN */
}

void knetpy_relu(const float *x, float *y, I n)
{
    PARALLEL(n > SHARED, {
        Share s = share(n, LINE);
        relu_loop(x + s.from, y + s.from, s.n);
    });
}

/* dx = dy where x is positive. */

LOOP void relu_dx_loop(const float *restrict dy, const float *restrict x, float *restrict dx, I n)
{
    for (I i = 0; i < n; i++) dx[i] = dy[i] * (x[i] > 0 ? 1.f : 0.f);
}

void knetpy_relu_dx(const float *dy, const float *x, float *dx, I n)
{
    PARALLEL(n > SHARED, {
        Share s = share(n, LINE);
        relu_dx_loop(dy + s.from, x + s.from, dx + s.from, s.n);
    });
}

/* The positive part of y + bias, in place. */

LOOP void bias_relu_loop(float *restrict y, const float *restrict bias, I rows, I columns)
{
    for (I i = 0; i < rows; i++, y += columns)
        for (I j = 0; j < columns; j++) {
            float z = y[j] + bias[j];
            y[j] = z < 0 ? 0 : z;  /* so that NaN stays NaN */
        }
}

void knetpy_bias_relu(float *y, const float *bias, I rows, I columns)
{
    PARALLEL(rows * columns > SHARED, {
        Share s = share(rows, 1);
        bias_relu_loop(y + s.from * columns, bias, s.n, columns);
    });
}

/* dz = dy where y is positive, and the sum of its rows. */

LOOP void bias_relu_dx_loop(const float *restrict dy, const float *restrict y,
                            float *restrict dz, float *restrict total, I rows, I columns, I n)
{
    memset(total, 0, n * sizeof *total);
    for (I i = 0; i < rows; i++, dy += columns, y += columns, dz += columns)
        for (I j = 0; j < n; j++) {
            dz[j] = dy[j] * (y[j] > 0 ? 1.f : 0.f);
            total[j] += dz[j];
        }
}

void knetpy_bias_relu_dx(const float *dy, const float *y, float *dz, float *total, I rows,
                         I columns)
{
    PARALLEL(rows * columns > SHARED, {
        Share s = share(columns, LINE);
        bias_relu_dx_loop(dy + s.from, y + s.from, dz + s.from, total + s.from, rows, columns, s.n);
    });
}

/* The sum of all rows. */

LOOP void sum_rows_loop(const float *restrict x, float *restrict total, I rows, I columns, I n)
{
    memset(total, 0, n * sizeof *total);
    for (I i = 0; i < rows; i++, x += columns)
        for (I j = 0; j < n; j++) total[j] += x[j];
}

void knetpy_sum_rows(const float *x, float *total, I rows, I columns)
{
    PARALLEL(rows * columns > SHARED, {
        Share s = share(columns, LINE);
        sum_rows_loop(x + s.from, total + s.from, rows, columns, s.n);
    });
}

/* The summed negative log likelihood of the labels, and the softmax of every row. */

LOOP double nll_loop(const float *restrict x, const I *restrict ids, float *restrict y, I rows,
                     I columns)
{
    double loss = 0;
    I together = columns < BLOCK ? BLOCK / columns : 1;  /* short rows share one long loop of exp */
    for (I from = 0; from < rows; from += together, x += together * columns) {
        I n = rows - from < together ? rows - from : together;
        for (I i = 0; i < n; i++) {
            const float *row = x + i * columns;
            float top = row[0], *at = y + i * columns;
            #pragma omp simd reduction(max: top)
            for (I j = 1; j < columns; j++) top = row[j] > top ? row[j] : top;
            for (I j = 0; j < columns; j++) at[j] = row[j] - top;
            loss -= at[ids[from + i]];
        }
        for (I j = 0; j < n * columns; j++) y[j] = exp_below(y[j]);
        for (I i = 0; i < n; i++, y += columns) {
            float total = 0;
            #pragma omp simd reduction(+: total)
            for (I j = 0; j < columns; j++) total += y[j];
            float share = 1 / total;
            for (I j = 0; j < columns; j++) y[j] *= share;
            loss += logf(total);
        }
    }
    return loss;
}

double knetpy_nll(const float *x, const I *ids, float *y, I rows, I columns)
{
    int threads = omp_get_max_threads();
    double parts[threads], loss = 0;
    memset(parts, 0, sizeof parts);
    PARALLEL(rows * columns > SHARED / 8, {
        Share s = share(rows, 1);
        I at = s.from * columns;
        parts[omp_get_thread_num()] = nll_loop(x + at, ids + s.from, y + at, s.n, columns);
    });
    for (int k = 0; k < threads; k++) loss += parts[k];
    return loss;
}

/* dx = (y - onehot(ids)) * scale, for the softmax y. */

LOOP void nll_dx_loop(const float *restrict y, const I *restrict ids, float *restrict dx, I rows,
                      I columns, float scale)
{
    for (I i = 0; i < rows; i++, y += columns, dx += columns) {
        for (I j = 0; j < columns; j++) dx[j] = y[j] * scale;
        dx[ids[i]] -= scale;
    }
}

void knetpy_nll_dx(const float *y, const I *ids, float *dx, I rows, I columns, float scale)
{
    PARALLEL(rows * columns > SHARED, {
        Share s = share(rows, 1);
        nll_dx_loop(y + s.from * columns, ids + s.from, dx + s.from * columns, s.n, columns, scale);
    });
}
