/* aᵇ, in the way of elementary.h: off by less than 1 ulp. The logarithm and its product with b are sums of two numbers,
   since an error of theirs counts up to 745 times; the first ones have half of the digits, so that their products are
   exact. */

#include "elementary.h"

#define POW 0.6000000000000004, 0.4285714285700784, 0.3333333340661689, 0.2727271237729488, 0.23078361759156088, 0.19928950629363798, 0.1937024757934444
#define TWO_THIRDS 0.9617967009544373, -7.028461650952758e-09
#define HALVES_OF_LN_2 0.6931471824645996, -1.904654299957768e-09

POLYNOMIAL(pow_polynomial, 7, POW)

/* With the first 26 digits alone. */
INLINE double half_of_digits(double x) { return with_bits(bits_of(x) & 0xFFFFFFFFF8000000); }

typedef struct {
    double high, low;
} Sum;

/* log₂ x = k + ⅔·s·(3 + s² + …)/ln 2, where x = 2ᵏ·(1 + f), s = f/(2 + f). */
INLINE Sum binary_logarithm(double x) {
    static const double two_thirds[] = {TWO_THIRDS};
    const Scaled of = scaled(x);
    const double g = 2.0 + of.f, g_high = half_of_digits(g), g_low = (g - g_high) + (of.f - (g - 2.0));
    const double s = of.f / g, s_high = half_of_digits(s), s_low = ((of.f - s_high * g_high) - s_high * g_low) / g;
    const double z = s * s, square = s_high * s_high, rest = z * z * pow_polynomial(z) + s_low * (s_high + s);
    const double t = half_of_digits(3.0 + square + rest), t_low = rest - ((t - 3.0) - square);
    const double product = s_high * t, lost = s_low * t + t_low * s;
    const double p = half_of_digits(product + lost), p_low = lost - (p - product);
    const double first = two_thirds[0] * p, second = two_thirds[1] * p + p_low * (two_thirds[0] + two_thirds[1]);
    const double sum = half_of_digits((first + second) + of.k);
    const Sum found = {sum, second - ((sum - of.k) - first)};
    return found;
}

/* 2 to the power of such a sum. */
INLINE double power_of_2_of(Sum e) {
    static const double ln_2[] = {HALVES_OF_LN_2};
    const double whole = e.high + e.low + WHOLE, over = e.high - (whole - WHOLE);
    const double r = half_of_digits(over + e.low), r_low = e.low - (r - over);
    const double high = r * ln_2[0], low = r * ln_2[1] + r_low * (ln_2[0] + ln_2[1]), x = high + low;
    const double rest = (low - (x - high)) + x * x * exp_polynomial(x), sum = 1.0 + x, lost = x - (sum - 1.0);
    const uint64_t k = bits_of(whole), half = k >> 1;
    const double y = (sum + (lost + rest)) * power_of_2(half) * power_of_2(k - half), size = e.high + e.low;
    return size > 1100.0 ? INFINITY : size < -1100.0 ? 0.0 : y;
}

INLINE double pow_by_lanes(double a, double b) {
    const double size = fabs(a), below = b > 0x1p70 ? 0x1p70 : b; /* what is beyond changes nothing */
    const double y = below < -0x1p70 ? -0x1p70 : below;
    const Sum log = binary_logarithm(size);
    const double y_high = half_of_digits(y);
    const Sum e = {y_high * log.high, (y - y_high) * log.high + y * log.low};
    const double inside = power_of_2_of(e), at_end = (size == 0.0) == (b > 0.0) ? 0.0 : INFINITY;
    const int is_end = size == 0.0 || size == INFINITY, is_whole = floor(b) == b;
    const int is_odd = is_whole && floor(0.5 * b) != 0.5 * b;
    const double of_size = is_end ? at_end : inside, of_sign = is_odd ? with_sign_of(of_size, a) : of_size;
    const double of_all = a < 0.0 && !is_end && !is_whole ? NAN : of_sign;
    const double with_nan = a != a || b != b ? NAN : of_all;
    return b == 0.0 || a == 1.0 ? 1.0 : b == 1.0 ? a : b == 2.0 ? a * a : with_nan;
}
