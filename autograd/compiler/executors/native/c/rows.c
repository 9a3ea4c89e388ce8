/* The rules of one operand and of two along columns of rows, by the functions of elementary.h: the C that was made of
   the rule book, compiled once more, with others for exp, sin, … What elementary.h and powers.h do not have is called
   as it is. */

#include <Python.h>

#include "powers.h"
#include "rows.h"

#define exp exp_by_lanes
#define expm1 expm1_by_lanes
#define log log_by_lanes
#define log1p log1p_by_lanes
#define sin sin_by_lanes
#define cos cos_by_lanes
#define tan tan_by_lanes
#define sinh sinh_by_lanes
#define cosh cosh_by_lanes
#define tanh tanh_by_lanes
#define asin asin_by_lanes
#define acos acos_by_lanes
#define atan atan_by_lanes
#define erf erf_by_lanes
#define atan2 atan2_by_lanes
#define hypot_of_ieee(a, b, skips) hypot_by_lanes(a, b) /* but not where it is a variable */
#define pow_of_ieee(a, b, skips) pow_by_lanes(a, b)
#define inline ALWAYS_INLINE /* or a long rule would be called, row by row */
#include "rules.h"
#undef inline

#define ALONG(NAME, ...)                                                                                               \
    FOR_EACH_PROCESSOR static void NAME(int64_t rows, const double *RESTRICT a, const double *RESTRICT b,              \
                                        const double *RESTRICT c, double *RESTRICT y, double *RESTRICT p,              \
                                        double *RESTRICT q, double *RESTRICT r) {                                      \
        rows = WHOLE_LANES(rows);                                                                                      \
        EACH_ROW {                                                                                                     \
            double d[3];                                                                                               \
            __VA_ARGS__;                                                                                               \
        }                                                                                                              \
    }
#define OF_ONE(rule)                                                                                                   \
    ALONG(value_of_##rule, y[i] = rule_##rule(a[i], d))                                                                \
    ALONG(both_of_##rule, y[i] = rule_##rule(a[i], d); p[i] = d[0])                                                    \
    ALONG(slope_of_##rule, rule_##rule(a[i], d); p[i] = d[0])
#define OF_TWO(rule)                                                                                                   \
    ALONG(value_of_##rule, y[i] = rule_##rule(a[i], b[i], d))                                                          \
    ALONG(both_of_##rule, y[i] = rule_##rule(a[i], b[i], d); p[i] = d[0], q[i] = d[1])
#define OF_LIST(rule)                                                                                                  \
    ALONG(value_of_##rule, const double x[2] = {a[i], b[i]}; double kept[2 * LISTS_KEPT];                              \
          y[i] = rule_##rule(2, x, d, kept))                                                                           \
    ALONG(both_of_##rule, const double x[2] = {a[i], b[i]}; double kept[2 * LISTS_KEPT];                               \
          y[i] = rule_##rule(2, x, d, kept); p[i] = d[0], q[i] = d[1])

RULES_OF_ONE(OF_ONE)
RULES_OF_TWO(OF_TWO)
ALONG(value_of_where, y[i] = rule_where(a[i], b[i], c[i], d))
ALONG(both_of_where, y[i] = rule_where(a[i], b[i], c[i], d); p[i] = d[0], q[i] = d[1], r[i] = d[2])
OF_LIST(maximum)
OF_LIST(minimum)

#define KERNEL_OF_ONE(rule) {value_of_##rule, both_of_##rule, slope_of_##rule},
#define KERNEL(rule) {value_of_##rule, both_of_##rule, 0},
#define KERNEL_OF_OTHER(rule, count) KERNEL(rule)
const Kernel kernels[] = {RULES_OF_ONE(KERNEL_OF_ONE) RULES_OF_TWO(KERNEL) OTHERS(KERNEL_OF_OTHER)};

#define OF_PAIR(rule, other)                                                                                           \
    ALONG(rule##_and_##other, double e[1]; y[i] = rule_##rule(a[i], d); p[i] = rule_##other(a[i], e))
PAIRS(OF_PAIR)

#define PAIR_OF(rule, other) rule##_and_##other,
const Along pairs[] = {PAIRS(PAIR_OF)};
