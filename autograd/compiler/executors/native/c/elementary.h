/* Functions of calculus without a branch, a table or a call: loops over them become vector instructions.

   Off by less than 2 ulp over the whole range of doubles (tan, tanh, sinh and cosh by less than 3); sin, cos and tan up
   to 2¹⁹, where whole numbers times the parts of π/2 are exact, and beyond it they are nonsense. Nothing but + - × ÷ and
   whole numbers: the same bits on every processor, if the compiler makes no a·b + c of one rounding.

   docs/elementary.py makes the numbers. The way is that of FDLIBM (Sun Microsystems, 1993): an argument near 0, of which
   no bit is lost, and a polynomial whose first terms are exact. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "processors.h"

#define EXP 0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333326141, 0.0013888888888883752, 0.00019841269874800683, 2.4801587325533502e-05, 2.75572554255029e-06, 2.7557273661174726e-07, 2.5105206475334834e-08, 2.091467944897855e-09
#define LOG 0.666666666666667, 0.39999999999899505, 0.28571428625976014, 0.22222211134708592, 0.18182889131563204, 0.1533172139109577, 0.14616452274062186
#define SIN -0.16666666666666666, 0.008333333333330948, -0.0001984126983675854, 2.7557316102534617e-06, -2.505113184128889e-08, 1.5918129027234826e-10
#define COS 0.041666666666666664, -0.0013888888888887398, 2.4801587298765665e-05, -2.7557317271718644e-07, 2.087614626607931e-09, -1.1382632258093615e-11
#define LN_2 0.6931471806019545, -4.2009150726810846e-11
#define HALF_PI 1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32

#define ONE_BITS 0x3FF0000000000000 /* of 1.0 */
#define WHOLE 6755399441055744.0 /* 1.5·2⁵²: x + WHOLE has a whole number in its last bits, that which is next to x */

INLINE uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

INLINE double with_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* 2ᵏ of x + WHOLE, for k from -1022 to 1023. */
INLINE double power_of_2(double whole) { return with_bits((bits_of(whole) << 52) + ONE_BITS); }

/* Σ cᵢ·xⁱ, the even powers and the odd ones each by Horner's rule: they wait less for one another. */
#define POLYNOMIAL(NAME, COUNT, ...)                                                                                   \
    INLINE double NAME(double x) {                                                                                     \
        static const double c[] = {__VA_ARGS__};                                                                       \
        const double square = x * x;                                                                                   \
        double y = c[COUNT - 1], other = c[COUNT - 2];                                                                 \
        for (int i = COUNT - 3; i >= 0; i -= 2) y = y * square + c[i];                                                 \
        for (int i = COUNT - 4; i >= 0; i -= 2) other = other * square + c[i];                                         \
        return COUNT % 2 ? y + x * other : other + x * y;                                                              \
    }

POLYNOMIAL(exp_polynomial, 11, EXP)
POLYNOMIAL(log_polynomial, 7, LOG)
POLYNOMIAL(sin_polynomial, 6, SIN)
POLYNOMIAL(cos_polynomial, 6, COS)

/* ------------------------------------------------------------------------------------------ exponential functions */

typedef struct {
    double whole;     /* k + WHOLE */
    double high, low; /* eʳ - 1, where x = k·ln 2 + r */
} Exponential;

INLINE Exponential exponential(double x) {
    static const double ln_2[] = {LN_2};
    const double below = x > 720.0 ? 720.0 : x, near = below < -760.0 ? -760.0 : below; /* inf and 0 are beyond */
    const double whole = near * 1.4426950408889634 + WHOLE, k = whole - WHOLE;
    const double high = near - k * ln_2[0], low = k * ln_2[1], r = high - low;
    const double rest = ((high - r) - low) + r * r * exp_polynomial(r), sum = r + rest;
    const Exponential e = {whole, sum, rest - (sum - r)};
    return e;
}

INLINE double exp_by_lanes(double x) {
    const Exponential e = exponential(x);
    const double whole = (e.whole - WHOLE) * 0.5 + WHOLE; /* in two steps: 2ᵏ may be no number, and eˣ one */
    const double rest = e.whole - WHOLE - (whole - WHOLE) + WHOLE;
    const double sum = 1.0 + e.high, lost = e.high - (sum - 1.0);
    return (sum + (lost + e.low)) * power_of_2(whole) * power_of_2(rest);
}

INLINE double expm1_by_lanes(double x) {
    const Exponential e = exponential(x);
    const double scale = power_of_2(e.whole), high = scale * e.high, less = scale - 1.0;
    const double sum = high + less, back = sum - high, lost = (high - (sum - back)) + (less - back);
    const double y = fabs(x) < 40.0 ? sum + (lost + scale * e.low) : exp_by_lanes(x) - 1.0;
    return fabs(x) < 0x1p-54 ? x : y;
}

INLINE double tanh_by_lanes(double x) {
    const double e = expm1_by_lanes(-fabs(2.0 * x)), y = -e / (e + 2.0); /* what tanh' takes, too */
    return fabs(x) < 0x1p-28 ? x : x < 0.0 ? -y : y;
}

INLINE double sinh_by_lanes(double x) {
    const double size = fabs(x), e = expm1_by_lanes(size), half = exp_by_lanes(0.5 * size);
    const double y = size < 40.0 ? 0.5 * (e + e / (e + 1.0)) : (0.5 * half) * half;
    return size < 0x1p-28 ? x : x < 0.0 ? -y : y;
}

INLINE double cosh_by_lanes(double x) {
    const double size = fabs(x), e = exp_by_lanes(size), half = exp_by_lanes(0.5 * size);
    return size < 40.0 ? 0.5 * e + 0.5 / e : (0.5 * half) * half;
}

/* ------------------------------------------------------------------------------------------------------ logarithms */

/* ln(x + rest), where the rest is small beside x. */
INLINE double logarithm(double x, double rest) {
    static const double ln_2[] = {LN_2};
    const int small = x < 0x1p-1022;
    const double normal = small ? x * 0x1p54 : x;
    const uint64_t shifted = bits_of(normal) + (ONE_BITS - 0x3FE6A09E00000000); /* the mantissa begins at √½ */
    const uint64_t exponent = shifted >> 52;
    const double k = with_bits(exponent | 0x4330000000000000) - (0x1p52 + 1023.0) - (small ? 54.0 : 0.0);
    const double f = with_bits(bits_of(normal) - (exponent << 52) + ONE_BITS) - 1.0;
    const double s = f / (2.0 + f), z = s * s, half = 0.5 * f * f;
    const double less = k * ln_2[1] + rest / x;
    const double y = k * ln_2[0] - ((half - (s * (half + z * log_polynomial(z)) + less)) - f);
    const double beyond = x == 0.0 ? -INFINITY : x > 0.0 ? x : NAN;
    return x > 0.0 && x < INFINITY ? y : beyond;
}

INLINE double log_by_lanes(double x) { return logarithm(x, 0.0); }

INLINE double log1p_by_lanes(double x) {
    const double sum = 1.0 + x, back = sum - 1.0, lost = (1.0 - (sum - back)) + (x - back);
    return fabs(x) < 0x1p-54 ? x : logarithm(sum, lost);
}

/* ------------------------------------------------------------------------------------------------------ of an angle */

typedef struct {
    uint64_t quarters;
    double sin, cos; /* of what x is beyond so many quarters of a turn, at most an eighth */
} Angle;

INLINE Angle angle(double x) {
    static const double half_pi[] = {HALF_PI};
    const double whole = x * 0.6366197723675814 + WHOLE, k = whole - WHOLE;
    const double first = x - k * half_pi[0]; /* exact */
    const double a = k * half_pi[1], second = first - a, back = second - first;
    const double b = k * half_pi[2], third = second - b, back_too = third - second;
    const double lost = (first - (second - back)) - (a + back), lost_too = (second - (third - back_too)) - (b + back_too);
    const double rest = (lost + lost_too) - k * half_pi[3];
    const double r = third + rest, low = (third - r) + rest, z = r * r, half = 0.5 * z, w = 1.0 - half;
    const double sine = r + (low - half * low + z * r * sin_polynomial(z));
    const double cosine = w + (((1.0 - w) - half) + (z * z * cos_polynomial(z) - r * low));
    const Angle found = {bits_of(whole), sine, cosine};
    return found;
}

INLINE double of_quarter(Angle a, uint64_t quarters) {
    return with_bits(bits_of(quarters & 1 ? a.cos : a.sin) ^ ((quarters & 2) << 62));
}

INLINE double sin_by_lanes(double x) {
    const Angle a = angle(x);
    return fabs(x) < 0x1p-27 ? x : of_quarter(a, a.quarters);
}

INLINE double cos_by_lanes(double x) {
    const Angle a = angle(x);
    return of_quarter(a, a.quarters + 1);
}

INLINE double tan_by_lanes(double x) {
    const Angle a = angle(x);
    const double y = of_quarter(a, a.quarters) / of_quarter(a, a.quarters + 1);
    return fabs(x) < 0x1p-27 ? x : y;
}
