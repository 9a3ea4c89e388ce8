/* One step of an MLP with relu: row after row through all layers and back, then gradient descent, or Adam.

   The sizes are constants of the compilation (benchmarks/fused.py writes FORWARD and BACKWARD, a call for each layer), so
   that the loops over the outputs of a layer need no more than a few vector registers. */
#include <math.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

INLINE void forward(const double *restrict x, const double *restrict w, double *restrict z, int n_in, int n_out,
                    int is_last) {
    double sums[WIDEST];
    for (int k = 0; k < n_out; k++) sums[k] = w[n_in * n_out + k];
    for (int j = 0; j < n_in; j++)
        for (int k = 0; k < n_out; k++) sums[k] += x[j] * w[j * n_out + k];
    for (int k = 0; k < n_out; k++) z[k] = is_last || sums[k] > 0.0 ? sums[k] : 0.0;
}

INLINE void backward(const double *restrict x, const double *restrict w, const double *restrict dz, double *restrict dw,
                     double *restrict dx, int n_in, int n_out, int is_first) {
    for (int k = 0; k < n_out; k++) dw[n_in * n_out + k] += dz[k];
    for (int j = 0; j < n_in; j++) {
        for (int k = 0; k < n_out; k++) dw[j * n_out + k] += x[j] * dz[k];
        if (is_first) continue;
        double sum = 0.0;
        for (int k = 0; k < n_out; k++) sum += w[j * n_out + k] * dz[k];
        dx[j] = x[j] > 0.0 ? sum : 0.0;
    }
}

INLINE void by_hinge(const double *scores, double y, double *d) { d[0] = y * scores[0] < 1.0 ? -y : 0.0; }

INLINE void by_cross_entropy(const double *scores, double y, double *d) {
    double highest = scores[0], total = 0.0;
    for (int k = 1; k < OUTPUTS; k++) highest = fmax(highest, scores[k]);
    for (int k = 0; k < OUTPUTS; k++) total += d[k] = exp(scores[k] - highest);
    for (int k = 0; k < OUTPUTS; k++) d[k] /= total;
    d[(int)y] -= 1.0;
}

INLINE void by_sgd(double *restrict w, const double *restrict dw, double *restrict m, double *restrict v, int rows,
                   double learning_rate) {
    for (int p = 0; p < PARAMETERS; p++) w[p] -= learning_rate / rows * dw[p];
}

INLINE void by_adam(double *restrict w, const double *restrict dw, double *restrict m, double *restrict v, int rows,
                    double learning_rate) {
    static double power1 = 1.0, power2 = 1.0; /* of the betas */
    power1 *= BETA1, power2 *= BETA2;
    const double size = learning_rate / (1.0 - power1), correction = sqrt(1.0 - power2);
    for (int p = 0; p < PARAMETERS; p++) {
        const double g = dw[p] / rows;
        m[p] = BETA1 * m[p] + (1.0 - BETA1) * g;
        v[p] = BETA2 * v[p] + (1.0 - BETA2) * g * g;
        w[p] -= size * m[p] / (sqrt(v[p]) / correction + EPS);
    }
}

void step(double *restrict w, double *restrict dw, double *restrict m, double *restrict v, const double *restrict X,
          const double *restrict Y, int rows, double learning_rate) {
    double a[LAYERS + 1][WIDEST], d[LAYERS + 1][WIDEST];
    memset(dw, 0, PARAMETERS * sizeof(double));
    for (int i = 0; i < rows; i++) {
        memcpy(a[0], X + i * INPUTS, INPUTS * sizeof(double));
        FORWARD
        BY_SCORES(a[LAYERS], Y[i], d[LAYERS]);
        BACKWARD
    }
    MOVE(w, dw, m, v, rows, learning_rate);
}
