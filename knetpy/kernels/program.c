/* Programs: operations on float32 arrays, one after the other, in one call.

   program.py writes them down; a program knows shapes and strides, and finds its arrays by their
   numbers in a table of addresses.  Where no kernel of native.c does the work, an operation sees
   its arrays as matrices with any strides, 0 for what is broadcast, and its result lies densely. */

#include <math.h>

#include "native.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("fp-contract=fast")  /* products are added up in one instruction */
#endif

typedef int (*Sgemm)(char, char, I, I, I, float, const float *, I, const float *, I, float,
                     float *, I);

enum {
    ADD, SUBTRACT, MULTIPLY, DIVIDE, MAXIMUM, MINIMUM, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL,
    COPY, NEGATIVE, SQUARE, SQRT, ABSOLUTE, RECIPROCAL,
    TOTAL, ROW_SUMS, COLUMN_SUMS, SAME_IDS,
    PRODUCT, AFFINE, SGEMM, RELU, RELU_DX, BIAS_RELU, BIAS_RELU_DX, NLL, NLL_DX, SOFTMAX, SOFTMAX_DX
};

/* `a` and `b` go in and `y` comes out: numbers of arrays, and the steps from row to row and from
   column to column; for sgemm `down` is BLAS's leading step, and `across` 0 where a matrix lies
   transposed.  `z` is one more array, the bias of an affine map say, `k` the inner side of a
   product. */
typedef struct { I array, down, across; } Operand;
typedef struct { I kind, rows, columns, k; Operand a, b; I y, z; double scale; } Operation;

/* Entry by entry.  The usual strides get loops of their own, which become vectors. */

typedef void (*Row)(const float *a, I da, const float *b, I db, float *y, I n);

#define FOR_EACH(P, Q, VALUE)                                                                   \
    {                                                                                           \
        _Pragma("omp simd") for (I i = 0; i < n; i++)                                           \
        {                                                                                       \
            float p = P, q = Q;                                                                 \
            (void)q;                                                                            \
            y[i] = VALUE;                                                                       \
        }                                                                                       \
    }
#define ROW(NAME, VALUE)                                                                        \
    LOOP void NAME(const float *a, I da, const float *b, I db, float *y, I n)                   \
    {                                                                                           \
        if (da == 1 && db == 1) FOR_EACH(a[i], b[i], VALUE)                                     \
        else if (da == 1 && !db) FOR_EACH(a[i], *b, VALUE)                                      \
        else if (!da && db == 1) FOR_EACH(*a, b[i], VALUE)                                      \
        else FOR_EACH(a[i * da], b[i * db], VALUE)                                              \
    }

ROW(add_row, p + q)
ROW(subtract_row, p - q)
ROW(multiply_row, p * q)
ROW(divide_row, p / q)
ROW(maximum_row, (p > q || p != p) ? p : q)  /* NaN wins, as in NumPy */
ROW(minimum_row, (p < q || p != p) ? p : q)
ROW(greater_row, p > q)
ROW(greater_equal_row, p >= q)
ROW(less_row, p < q)
ROW(less_equal_row, p <= q)
ROW(copy_row, p)
ROW(negative_row, -p)
ROW(square_row, p * p)
ROW(sqrt_row, sqrtf(p))
ROW(absolute_row, fabsf(p))
ROW(reciprocal_row, 1 / p)

static const Row rows_of[] = {
    add_row, subtract_row, multiply_row, divide_row, maximum_row, minimum_row, greater_row,
    greater_equal_row, less_row, less_equal_row, copy_row, negative_row, square_row, sqrt_row,
    absolute_row, reciprocal_row,
};

static void each(const Operation *o, const float *a, const float *b, float *y)
{
    Row row = rows_of[o->kind];
    I rows = o->rows, columns = o->columns, da = o->a.across, db = o->b.across;
    PARALLEL(rows * columns > SHARED, {
        Share s = rows == 1 ? share(columns, LINE) : share(rows, 1);
        if (rows == 1) row(a + s.from * da, da, b + s.from * db, db, y + s.from, s.n);
        else
            for (I i = s.from; i < s.from + s.n; i++)
                row(a + i * o->a.down, da, b + i * o->b.down, db, y + i * columns, columns);
    });
}

/* Where two matrices of whole numbers are equal: the rows of one_hot. */
static void same_ids(const Operation *o, const I *a, const I *b, float *y)
{
    for (I i = 0; i < o->rows; i++)
        for (I j = 0; j < o->columns; j++)
            *y++ = a[i * o->a.down + j * o->a.across] == b[i * o->b.down + j * o->b.across];
}

/* Sums of a dense matrix. */

enum { PART = 1 << 8 };

LOOP float total(const float *x, I n)
{
    double sum = 0;
    for (; n > 0; x += PART, n -= PART) {  /* parts so short that rounding does not add up */
        float part = 0;
        I m = n < PART ? n : PART;
        #pragma omp simd reduction(+: part)
        for (I i = 0; i < m; i++) part += x[i];
        sum += part;
    }
    return (float)sum;
}

/* Small products: eight rows of a by sixteen columns of b, which are packed, stay in registers. */

enum { ROWS = 8, COLUMNS = 16, DEPTH = 512 };
typedef float Lane __attribute__((vector_size(COLUMNS * sizeof(float))));

/* The first numbers of a lane from memory that may end there. */
static inline void take(Lane *lane, const float *x, I width)
{
    *lane = (Lane){0};
    for (I j = 0; j < width; j++) (*lane)[j] = x[j];
}

/* Store the first numbers of a lane, or add them to what is there. */
static inline void put(const Lane *sums, float *y, I width, int more)
{
    const float *from = (const float *)sums;
    if (more) for (I j = 0; j < width; j++) y[j] += from[j];
    else if (width < 8) for (I j = 0; j < width; j++) y[j] = from[j];
    else {  /* two halves, which overlap where there are fewer than sixteen */
        memcpy(y, from, 8 * sizeof *y);
        memcpy(y + width - 8, from + width - 8, 8 * sizeof *y);
    }
}

LOOP void panel(const float *a, I down, I across, const Lane *b, const float *bias, float *y,
                I rows, I columns, I k, I width, int more)
{
    Lane start = {0};
    if (bias) take(&start, bias, width);
    for (I i = 0; i < rows; i += ROWS) {
        I height = rows - i < ROWS ? rows - i : ROWS;
        const float *from[ROWS];
        Lane sums[ROWS];
        for (I r = 0; r < ROWS; r++) {
            from[r] = a + (i + (r < height ? r : 0)) * down;
            sums[r] = start;
        }
        for (I l = 0; l < k; l++) {
            I at = l * across;
            sums[0] += from[0][at] * b[l];
            sums[1] += from[1][at] * b[l];
            sums[2] += from[2][at] * b[l];
            sums[3] += from[3][at] * b[l];
            sums[4] += from[4][at] * b[l];
            sums[5] += from[5][at] * b[l];
            sums[6] += from[6][at] * b[l];
            sums[7] += from[7][at] * b[l];
        }
        for (I r = 0; r < height; r++) put(sums + r, y + (i + r) * columns, width, more);
    }
}

/* What stands behind the width of a lane is never stored, so whole lanes are copied while there
   are rows behind them to read. */
LOOP void pack(const float *b, I down, I across, Lane *packed, I k, I width)
{
    I whole = across != 1 ? 0 : width == COLUMNS ? k : down > 0 ? k - (COLUMNS + down - 1) / down : 0;
    I l = 0;
    for (; l < whole; l++) memcpy(packed + l, b + l * down, sizeof *packed);
    for (; l < k; l++) {
        Lane row = {0};
        for (I j = 0; j < width; j++) row[j] = b[l * down + j * across];
        packed[l] = row;
    }
}

static void product(const Operation *o, const float *a, const float *b, const float *bias,
                    float *y)
{
    Lane packed[DEPTH];
    for (I k0 = 0; k0 < o->k; k0 += DEPTH) {
        I k = o->k - k0 < DEPTH ? o->k - k0 : DEPTH;
        for (I j0 = 0; j0 < o->columns; j0 += COLUMNS) {
            I width = o->columns - j0 < COLUMNS ? o->columns - j0 : COLUMNS;
            pack(b + k0 * o->b.down + j0 * o->b.across, o->b.down, o->b.across, packed, k, width);
            panel(a + k0 * o->a.across, o->a.down, o->a.across, packed,
                  bias && !k0 ? bias + j0 : 0, y + j0, o->rows, o->columns, k, width, k0 > 0);
        }
    }
}

/* The sum of all rows of a matrix that is no wider than a lane: whole lanes are read as long as
   there are rows behind them, and what stands behind the width is never stored. */
LOOP void narrow_sums(const float *x, float *y, I rows, I columns)
{
    Lane sum = {0}, lane;
    I i = 0, whole = rows - (COLUMNS + columns - 1) / columns;
    for (; i < whole; i++) {
        memcpy(&lane, x + i * columns, sizeof lane);
        sum += lane;
    }
    for (; i < rows; i++) {
        take(&lane, x + i * columns, columns);
        sum += lane;
    }
    put(&sum, y, columns, 0);
}

/* Rows of probabilities, and their gradient. */

LOOP void softmax_rows(const float *x, float *y, I rows, I columns)
{
    for (I i = 0; i < rows; i++, x += columns) {
        float top = x[0], *at = y + i * columns;
        #pragma omp simd reduction(max: top)
        for (I j = 1; j < columns; j++) top = x[j] > top ? x[j] : top;
        for (I j = 0; j < columns; j++) at[j] = x[j] - top;
    }
    for (I i = 0; i < rows * columns; i++) y[i] = exp_below(y[i]);
    for (I i = 0; i < rows; i++, y += columns) {
        float sum = 0;
        #pragma omp simd reduction(+: sum)
        for (I j = 0; j < columns; j++) sum += y[j];
        for (I j = 0; j < columns; j++) y[j] /= sum;
    }
}

LOOP void softmax_dx_rows(const float *dy, const float *y, float *dx, I rows, I columns)
{
    for (I i = 0; i < rows; i++, dy += columns, y += columns, dx += columns) {
        float sum = 0;
        #pragma omp simd reduction(+: sum)
        for (I j = 0; j < columns; j++) sum += dy[j] * y[j];
        for (I j = 0; j < columns; j++) dx[j] = (dy[j] - sum) * y[j];
    }
}

/* The program.  `multiply` is oneDNN's sgemm; where it answers other than 0 the program ends, with
   the number of that operation, counted from 1. */
int knetpy_run(const Operation *o, I count, void *const *arrays, Sgemm multiply)
{
    for (I number = 1; number <= count; number++, o++) {
        const float *a = arrays[o->a.array], *b = arrays[o->b.array];
        float *y = arrays[o->y], *z = arrays[o->z];
        I rows = o->rows, columns = o->columns, n = rows * columns;
        int status = 0;
        switch (o->kind) {
        default: each(o, a, b, y); break;
        case SAME_IDS: same_ids(o, (const I *)a, (const I *)b, y); break;
        case TOTAL: *y = total(a, n) * (float)o->scale; break;
        case ROW_SUMS:
            for (I i = 0; i < rows; i++) y[i] = total(a + i * columns, columns) * (float)o->scale;
            break;
        case PRODUCT: product(o, a, b, 0, y); break;
        case AFFINE: product(o, a, b, z, y); break;
        case SGEMM:
            status = multiply(o->a.across == 1 ? 'N' : 'T', o->b.across == 1 ? 'N' : 'T', rows,
                              columns, o->k, 1, a, o->a.down, b, o->b.down, 0, y, columns);
            break;
        case RELU: knetpy_relu(a, y, n); break;
        case RELU_DX: knetpy_relu_dx(a, b, y, n); break;
        case BIAS_RELU: knetpy_bias_relu(y, a, rows, columns); break;
        case BIAS_RELU_DX: knetpy_bias_relu_dx(a, b, y, z, rows, columns); break;
        case COLUMN_SUMS:
            if (columns <= COLUMNS) narrow_sums(a, y, rows, columns);
            else knetpy_sum_rows(a, y, rows, columns);
            break;
        case NLL:
            *z = (float)(knetpy_nll(a, (const I *)b, y, rows, columns) * o->scale);
            break;
        case NLL_DX: knetpy_nll_dx(a, (const I *)b, y, rows, columns, *z); break;
        case SOFTMAX: softmax_rows(a, y, rows, columns); break;
        case SOFTMAX_DX: softmax_dx_rows(a, b, y, rows, columns); break;
        }
        if (status) return (int)number;
    }
    return 0;
}
