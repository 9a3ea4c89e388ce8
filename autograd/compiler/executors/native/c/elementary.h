/* Functions of calculus without a branch, a table or a call: loops over them become vector instructions.

   Off by less than 2 ulp over the whole range of doubles (tan, tanh, sinh, cosh and erf by less than 3); sin, cos and tan up
   to 2¹⁹, where whole numbers times the parts of π/2 are exact, and beyond it they are nonsense. Nothing but + - × ÷ and
   whole numbers: the same bits on every processor, if the compiler makes no a·b + c of one rounding.

   docs/scripts/elementary.py makes the numbers. The way is that of FDLIBM (Sun Microsystems, 1993): an argument near 0, of which
   no bit is lost, and a polynomial whose first terms are exact. */

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "processors.h"

#define EXP 0.5000000000000001, 0.16666666666666669, 0.041666666666624164, 0.008333333333330065, 0.0013888888917196881, 0.0001984126986304067, 2.4801521322116825e-05, 2.7557268480116333e-06, 2.762007599981065e-07, 2.5100375924709717e-08
#define LOG 0.666666666666667, 0.39999999999899505, 0.28571428625976014, 0.22222211134708592, 0.18182889131563204, 0.1533172139109577, 0.14616452274062186
#define SIN -0.16666666666666666, 0.008333333333330948, -0.0001984126983675854, 2.7557316102534617e-06, -2.505113184128889e-08, 1.5918129027234826e-10
#define COS 0.041666666666666664, -0.0013888888888887398, 2.4801587298765665e-05, -2.7557317271718644e-07, 2.087614626607931e-09, -1.1382632258093615e-11
#define ATAN -0.3333333333333333, 0.1999999999999552, -0.14285714284666526, 0.1111111101525504, -0.09090904578070177, 0.07692183189577995, -0.06664511429801304, 0.058581487600787976, -0.05085448938740892, 0.03923163520705162, -0.019176858843138845
#define ASIN 0.16666666666666669, 0.07499999999998433, 0.04464285714635543, 0.030381944138531247, 0.02237217294214989, 0.017352392720869973, 0.013971212973552933, 0.011479177415184906, 0.01032281435018578, 0.005457506718640358, 0.01740087944269402, -0.014851887071247204, 0.028757851367421566
#define ERF -0.1901040188498067, 0.31759752643187594, -0.20853924152759262, 0.12959688022672, -0.0757798724400782, 0.0414086548448455, -0.02099203127831476, 0.009704597236418009, -0.004189677346649338, 0.0013811368507459232, -0.0006440703308866412, -2.587968065880588e-06, -8.517126154692771e-05, -2.0290657417764714e-05
#define LN_2 0.6931471806019545, -4.2009150726810846e-11
#define HALF_PI 1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32
#define PI 3.141592653589793, 1.2246467991473532e-16

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

/* 2ᵏ, for k from -1022 to 1023, of what has k in its last bits: of the bits of k + WHOLE, say, or of half of them. */
INLINE double power_of_2(uint64_t k) { return with_bits((k << 52) + ONE_BITS); }

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

POLYNOMIAL(exp_polynomial, 10, EXP)
POLYNOMIAL(log_polynomial, 7, LOG)
POLYNOMIAL(sin_polynomial, 6, SIN)
POLYNOMIAL(cos_polynomial, 6, COS)
POLYNOMIAL(atan_polynomial, 11, ATAN)
POLYNOMIAL(asin_polynomial, 13, ASIN)
POLYNOMIAL(erf_polynomial, 14, ERF)

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
    const uint64_t k = bits_of(e.whole), half = k >> 1; /* in two steps: 2ᵏ may be no number, and eˣ one */
    return (1.0 + e.high) * power_of_2(half) * power_of_2(k - half);
}

INLINE double expm1_by_lanes(double x) {
    const Exponential e = exponential(x);
    const double scale = power_of_2(bits_of(e.whole)), high = scale * e.high, less = scale - 1.0;
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

/* x² as the rules of e^(-x²) have it (_bell in formulas.py): who computes both of one number computes it once. */
INLINE double square_in_parts(double size) {
    const double within = 64.0 < size ? 64.0 : size, a = 0.0078125 * floor(within * 128.0), b = within - a;
    return a * a + b * (within + a);
}

/* erf x = 1 - e^(-x²)·(1 - A) = A + (1 - A)·(1 - e^(-x²)), where A = 1 - e^(x²)·(1 - erf x): nothing cancels. */
INLINE double erf_by_lanes(double x) {
    const double size = fabs(x), near = size > 6.0 ? 6.0 : size; /* beyond it is 1 */
    const double a = near * (1.1283791670955126 + near * erf_polynomial((near - 5.0) / (near + 5.0)));
    const Exponential e = exponential(-square_in_parts(size));
    const double scale = power_of_2(bits_of(e.whole)), lacks = (1.0 - scale) - scale * e.high;
    const double y = size > 6.0 ? 1.0 : a + (1.0 - a) * lacks;
    return with_bits(bits_of(y) | (bits_of(x) & 0x8000000000000000));
}

/* ------------------------------------------------------------------------------------------------------ logarithms */

typedef struct {
    double k, f; /* x = 2ᵏ·(1 + f), where 1 + f is from √½ to √2 */
} Scaled;

INLINE Scaled scaled(double x) {
    const int small = x < 0x1p-1022;
    const double normal = small ? x * 0x1p54 : x;
    const uint64_t shifted = bits_of(normal) + (ONE_BITS - 0x3FE6A09E00000000); /* the mantissa begins at √½ */
    const uint64_t exponent = shifted >> 52;
    const double k = with_bits(exponent | 0x4330000000000000) - (0x1p52 + 1023.0) - (small ? 54.0 : 0.0);
    const Scaled found = {k, with_bits(bits_of(normal) - (exponent << 52) + ONE_BITS) - 1.0};
    return found;
}

/* ln x, and more that is small beside it. */
INLINE double logarithm(double x, double more) {
    static const double ln_2[] = {LN_2};
    const Scaled of = scaled(x);
    const double f = of.f, s = f / (2.0 + f), z = s * s, half = 0.5 * f * f;
    const double less = of.k * ln_2[1] + more;
    const double y = of.k * ln_2[0] - ((half - (s * (half + z * log_polynomial(z)) + less)) - f);
    const double beyond = x == 0.0 ? -INFINITY : x > 0.0 ? x : NAN;
    return x > 0.0 && x < INFINITY ? y : beyond;
}

INLINE double log_by_lanes(double x) { return logarithm(x, -0.0); } /* no number changes by it */

INLINE double log1p_by_lanes(double x) {
    const double sum = 1.0 + x, back = sum - 1.0, lost = (1.0 - (sum - back)) + (x - back);
    return fabs(x) < 0x1p-54 ? x : logarithm(sum, lost / sum);
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

/* ------------------------------------------------------------------------------------- angles, and what is beside them */

INLINE double with_sign_of(double x, double of) {
    return with_bits((bits_of(x) & 0x7FFFFFFFFFFFFFFF) | (bits_of(of) & 0x8000000000000000));
}

/* The angle of the point (x, y), beside that of the axis or the diagonal which is nearest: so many eighths of a turn. */
INLINE double atan2_by_lanes(double y, double x) {
    static const double pi[] = {PI};
    const double a = fabs(y), b = fabs(x), small = a < b ? a : b, large = a < b ? b : a;
    const double scale = large > 0x1p1000 ? 0.25 : large < 0x1p-900 ? 0x1p200 : 1.0; /* for their sum, and their quotient */
    const double less = small * scale, more = large * scale;
    const int is_half = less > 0.41421356237309503 * more || small == INFINITY, is_steep = a > b;
    const double quotient = (is_half ? less - more : less) / (is_half ? less + more : more);
    const double t = small == large ? 0.0 : quotient, z = t * t, part = t + t * z * atan_polynomial(z);
    const double eighths = is_half ? 1.0 : is_steep ? 2.0 : 0.0, turned = is_steep ? -part : part;
    const int is_behind = bits_of(x) >> 63;
    const double n = is_behind ? 4.0 - eighths : eighths, beside = is_behind ? -turned : turned;
    return with_sign_of(n * (0.25 * pi[0]) + (beside + n * (0.25 * pi[1])), y);
}

INLINE double atan_by_lanes(double x) {
    static const double pi[] = {PI};
    const double size = fabs(x), less = size - 1.0, more = size + 1.0;
    const int is_beyond = size > 0.41421356237309503, is_far = size > 2.414213562373095;
    const double above = is_beyond ? less : size, below = is_beyond ? more : 1.0;
    const double t = (is_far ? -1.0 : above) / (is_far ? size : below), z = t * t;
    const double n = (is_beyond ? 1.0 : 0.0) + (is_far ? 1.0 : 0.0);
    return with_sign_of(n * (0.25 * pi[0]) + (t + t * z * atan_polynomial(z) + n * (0.25 * pi[1])), x);
}

/* The arcsine of what is at most ½: of |x|, or of √((1 - |x|)/2), which is half of what |x| lacks to a right angle. */
INLINE double half_of_arcsine(double size) {
    const double z = size > 0.5 ? 0.5 * (1.0 - size) : size * size, s = size > 0.5 ? sqrt(z) : size;
    return s + s * z * asin_polynomial(z);
}

INLINE double asin_by_lanes(double x) {
    static const double pi[] = {PI};
    const double size = fabs(x), y = half_of_arcsine(size);
    return with_sign_of(size > 0.5 ? 0.5 * pi[0] - (2.0 * y - 0.5 * pi[1]) : y, x);
}

INLINE double acos_by_lanes(double x) {
    static const double pi[] = {PI};
    const double size = fabs(x), y = half_of_arcsine(size);
    const double near = x < 0.0 ? pi[0] - (2.0 * y - pi[1]) : 2.0 * y;
    return size > 0.5 ? near : 0.5 * pi[0] - ((x < 0.0 ? -y : y) - 0.5 * pi[1]);
}

/* x² less its rounding, as in autograd/ieee.py; and the root of two squares, of which it has the bits. */
INLINE double rest_of_square(double x, double square) {
    const double c = 134217729.0 * x, high = c - (c - x), low = x - high; /* 2²⁷ + 1 */
    return ((high * high - square) + 2.0 * high * low) + low * low;
}

INLINE double hypot_by_lanes(double x, double y) {
    const double size = fabs(x), other = fabs(y), large = size < other ? other : size;
    const double small = size < other ? size : other;
    const double scale = large > 0x1p500 ? 0x1p-600 : large < 0x1p-500 ? 0x1p600 : 1.0;
    const double a = large * scale, b = small * scale, of_a = a * a, of_b = b * b, total = of_a + of_b;
    const double root = sqrt(total), too_much = root * root;
    const double above = (of_b - (total - of_a)) + (rest_of_square(a, of_a) + rest_of_square(b, of_b));
    const double missed = above + ((total - too_much) - rest_of_square(root, too_much));
    const double r = small == 0.0 ? large : (root + missed / (2.0 * root)) / scale;
    return size == INFINITY || other == INFINITY ? INFINITY : r;
}
