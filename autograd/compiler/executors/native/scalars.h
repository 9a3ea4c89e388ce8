/* Scalars, one after the other: what is left of an irregular graph at one row. A few words of 32 bits each: what to
   compute, where it goes, and its operands, all as bytes in one memory. `scalars.py` finds what to compute by name. */

#include "rules.h" /* which rules_in_c/ has written */

/* X(label, name, operands, result) of each operation. */
#define FIXED(X) \
    X(copy, "copy", 1, a)                                                                                            \
    X(negative, "negative", 1, -a)                                                                                   \
    X(sum, "+", 2, a + b)                                                                                            \
    X(difference, "-", 2, a - b)                                                                                     \
    X(product, "*", 2, a * b)                                                                                        \
    X(div, "div", 2, a / b)                                                                                          \
    X(add_to, "add to", 1, out + a)                                                                                  \
    X(subtract_from, "subtract from", 1, out - a)                                                                    \
    X(add_product, "add product", 2, out + a * b)                                                                    \
    X(subtract_product, "subtract product", 2, out - a * b)                                                          \
    X(less, "<", 2, a < b)                                                                                           \
    X(less_equal, "<=", 2, a <= b)                                                                                   \
    X(greater, ">", 2, a > b)                                                                                        \
    X(greater_equal, ">=", 2, a >= b)                                                                                \
    X(not_equal, "not_equal", 2, a != b)                                                                             \
    X(logical_not, "logical_not", 1, a == 0.0)                                                                       \
    X(logical_and, "logical_and", 2, (a != 0.0) & (b != 0.0))                                                        \
    X(where, "where", 3, a != 0.0 ? b : c)                                                                           \
    X(maximum, "maximum", 2, a >= b || a != a ? a : b)                                                               \
    X(minimum, "minimum", 2, a <= b || a != a ? a : b)                                                               \
    X(absolute, "absolute", 1, fabs(a))                                                                              \
    X(sqrt, "sqrt", 1, sqrt(a))                                                                                      \
    X(exp, "exp", 1, exp(a))                                                                                         \
    X(expm1, "expm1", 1, expm1(a))                                                                                   \
    X(log, "log", 1, log(a))                                                                                         \
    X(log1p, "log1p", 1, log1p(a))                                                                                   \
    X(floor, "floor", 1, floor(a))                                                                                   \
    X(sin, "sin", 1, sin(a))                                                                                         \
    X(cos, "cos", 1, cos(a))                                                                                         \
    X(tan, "tan", 1, tan(a))                                                                                         \
    X(asin, "asin", 1, asin(a))                                                                                      \
    X(acos, "acos", 1, acos(a))                                                                                      \
    X(atan, "atan", 1, atan(a))                                                                                      \
    X(sinh, "sinh", 1, sinh(a))                                                                                      \
    X(cosh, "cosh", 1, cosh(a))                                                                                      \
    X(tanh, "tanh", 1, tanh(a))                                                                                      \
    X(erf, "erf", 1, erf(a))                                                                                         \
    X(pow, "pow", 2, pow(a, b))                                                                                      \
    X(atan2, "atan2", 2, atan2(a, b))                                                                                \
    X(hypot, "hypot", 2, hypot(a, b))                                                                                \
    X(sum_sum, "+ +", 3, a + b + c)                                                                                  \
    X(sum_difference, "+ -", 3, a + b - c)                                                                           \
    X(difference_sum, "- +", 3, a - b + c)                                                                           \
    X(difference_difference, "- -", 3, a - b - c)                                                                    \
    X(add_two, "add to +", 2, out + a + b)                                                                           \
    X(add_difference, "add to -", 2, out + a - b)                                                                    \
    X(subtract_add, "subtract from +", 2, out - a + b)                                                               \
    X(subtract_two, "subtract from -", 2, out - a - b)                                                               \
    X(negative_product, "negative product", 2, -(a * b))

/* Of a rule its value, and dy times each of its partial derivatives, alone or added; dy is the last operand. */
#define OF_ONE(X, rule)                                                                                                \
    X(value_##rule, "value " #rule, 1, rule_##rule(a, d))                                                              \
    X(flow_0_##rule, "flow 0 " #rule, 2, (rule_##rule(a, d), b * d[0]))                                                \
    X(add_flow_0_##rule, "add flow 0 " #rule, 2, (rule_##rule(a, d), out + b * d[0]))
#define OF_TWO(X, rule)                                                                                                \
    X(value_##rule, "value " #rule, 2, rule_##rule(a, b, d))                                                           \
    X(flow_0_##rule, "flow 0 " #rule, 3, (rule_##rule(a, b, d), c * d[0]))                                             \
    X(add_flow_0_##rule, "add flow 0 " #rule, 3, (rule_##rule(a, b, d), out + c * d[0]))                               \
    X(flow_1_##rule, "flow 1 " #rule, 3, (rule_##rule(a, b, d), c * d[1]))                                             \
    X(add_flow_1_##rule, "add flow 1 " #rule, 3, (rule_##rule(a, b, d), out + c * d[1]))

/* Operations that take no time beside the jump to them: two or three of them that follow each other have one jump. The
   words are those of each; the first says what all of them are. */
#define SIMPLE(X) \
    X(product, 2, a * b)                                                                                             \
    X(sum, 2, a + b)                                                                                                 \
    X(difference, 2, a - b)                                                                                          \
    X(copy, 1, a)                                                                                                    \
    X(add_to, 1, out + a)                                                                                            \
    X(subtract_from, 1, out - a)                                                                                     \
    X(add_product, 2, out + a * b)                                                                                   \
    X(add_two, 2, out + a + b)
#define PAIR(X, label, operands, result) \
    X(label, operands, result, product, 2, a * b)                                                                    \
    X(label, operands, result, sum, 2, a + b)                                                                        \
    X(label, operands, result, difference, 2, a - b)                                                                 \
    X(label, operands, result, copy, 1, a)                                                                           \
    X(label, operands, result, add_to, 1, out + a)                                                                   \
    X(label, operands, result, subtract_from, 1, out - a)                                                            \
    X(label, operands, result, add_product, 2, out + a * b)                                                          \
    X(label, operands, result, add_two, 2, out + a + b)
#define TRIPLE(X, one, n, x, two, m, y) \
    X(one, n, x, two, m, y, product, 2, a * b)                                                                       \
    X(one, n, x, two, m, y, sum, 2, a + b)                                                                           \
    X(one, n, x, two, m, y, difference, 2, a - b)                                                                    \
    X(one, n, x, two, m, y, copy, 1, a)                                                                              \
    X(one, n, x, two, m, y, add_to, 1, out + a)                                                                      \
    X(one, n, x, two, m, y, subtract_from, 1, out - a)                                                               \
    X(one, n, x, two, m, y, add_product, 2, out + a * b)                                                             \
    X(one, n, x, two, m, y, add_two, 2, out + a + b)
#define PAIRS(X) \
    PAIR(X, product, 2, a * b)                                                                                       \
    PAIR(X, sum, 2, a + b)                                                                                           \
    PAIR(X, difference, 2, a - b)                                                                                    \
    PAIR(X, copy, 1, a)                                                                                              \
    PAIR(X, add_to, 1, out + a)                                                                                      \
    PAIR(X, subtract_from, 1, out - a)                                                                               \
    PAIR(X, add_product, 2, out + a * b)                                                                             \
    PAIR(X, add_two, 2, out + a + b)
#define TRIPLES_AFTER(X, label, operands, result) \
    TRIPLE(X, label, operands, result, product, 2, a * b)                                                            \
    TRIPLE(X, label, operands, result, sum, 2, a + b)                                                                \
    TRIPLE(X, label, operands, result, difference, 2, a - b)                                                         \
    TRIPLE(X, label, operands, result, copy, 1, a)                                                                   \
    TRIPLE(X, label, operands, result, add_to, 1, out + a)                                                           \
    TRIPLE(X, label, operands, result, subtract_from, 1, out - a)                                                    \
    TRIPLE(X, label, operands, result, add_product, 2, out + a * b)                                                  \
    TRIPLE(X, label, operands, result, add_two, 2, out + a + b)
#define TRIPLES(X) \
    TRIPLES_AFTER(X, product, 2, a * b)                                                                              \
    TRIPLES_AFTER(X, sum, 2, a + b)                                                                                  \
    TRIPLES_AFTER(X, difference, 2, a - b)                                                                           \
    TRIPLES_AFTER(X, copy, 1, a)                                                                                     \
    TRIPLES_AFTER(X, add_to, 1, out + a)                                                                             \
    TRIPLES_AFTER(X, subtract_from, 1, out - a)                                                                      \
    TRIPLES_AFTER(X, add_product, 2, out + a * b)                                                                    \
    TRIPLES_AFTER(X, add_two, 2, out + a + b)

#define NAME(label, name, operands, result) name,
#define SIMPLE_NAME(label, operands, result) #label,
#define PAIR_NAME(one, n, x, two, m, y) #one " " #two,
#define TRIPLE_NAME(one, n, x, two, m, y, three, k, z) #one " " #two " " #three,
#define NAMES_OF_ONE(rule) OF_ONE(NAME, rule)
#define NAMES_OF_TWO(rule) OF_TWO(NAME, rule)
static const char *const scalar_names[] = {
    FIXED(NAME) RULES_OF_ONE(NAMES_OF_ONE) RULES_OF_TWO(NAMES_OF_TWO) PAIRS(PAIR_NAME) TRIPLES(TRIPLE_NAME) 0};
static const char *const simple_names[] = {SIMPLE(SIMPLE_NAME) 0};

#define NUMBER(i) (*(double *)(memory + at[i]))
#define COMPUTE(operands, result)                                                                                      \
    const double out = NUMBER(1), a = NUMBER(2), b = operands > 1 ? NUMBER(3) : 0.0;                                   \
    const double c = operands > 2 ? NUMBER(4) : 0.0;                                                                   \
    double d[2];                                                                                                       \
    (void)out, (void)b, (void)c, (void)d;                                                                              \
    NUMBER(1) = result;                                                                                                \
    at += 2 + operands;

#if defined(__GNUC__) /* a jump after each one: processors learn what follows what */
#define LABEL(label, name, operands, result) &&label_##label,
#define PAIR_LABEL(one, n, x, two, m, y) &&label_##one##_then_##two,
#define TRIPLE_LABEL(one, n, x, two, m, y, three, k, z) &&label_##one##_then_##two##_then_##three,
#define CASE(label, name, operands, result)                                                                            \
    label_##label : {                                                                                                  \
        COMPUTE(operands, result)                                                                                      \
        if (at >= end) return;                                                                                         \
        goto *labels[*at];                                                                                             \
    }
#define PAIR_CASE(one, n, x, two, m, y)                                                                                \
    label_##one##_then_##two : {                                                                                            \
        { COMPUTE(n, x) }                                                                                              \
        { COMPUTE(m, y) }                                                                                              \
        if (at >= end) return;                                                                                         \
        goto *labels[*at];                                                                                             \
    }
#define TRIPLE_CASE(one, n, x, two, m, y, three, k, z)                                                                 \
    label_##one##_then_##two##_then_##three : {                                                                                  \
        { COMPUTE(n, x) }                                                                                              \
        { COMPUTE(m, y) }                                                                                              \
        { COMPUTE(k, z) }                                                                                              \
        if (at >= end) return;                                                                                         \
        goto *labels[*at];                                                                                             \
    }
#define START                                                                                                          \
    static void *const labels[] = {FIXED(LABEL) RULES_OF_ONE(LABELS_OF_ONE) RULES_OF_TWO(LABELS_OF_TWO)                \
                                       PAIRS(PAIR_LABEL) TRIPLES(TRIPLE_LABEL)};                                       \
    if (at >= end) return;                                                                                             \
    goto *labels[*at];
#define FLATTEN __attribute__((flatten))
#else
#define LABEL(label, name, operands, result) number_##label,
#define PAIR_LABEL(one, n, x, two, m, y) number_##one##_then_##two,
#define TRIPLE_LABEL(one, n, x, two, m, y, three, k, z) number_##one##_then_##two##_then_##three,
enum {
    FIXED(LABEL) RULES_OF_ONE(LABELS_OF_ONE) RULES_OF_TWO(LABELS_OF_TWO) PAIRS(PAIR_LABEL) TRIPLES(TRIPLE_LABEL)
};
#define CASE(label, name, operands, result)                                                                            \
    case number_##label: {                                                                                             \
        COMPUTE(operands, result)                                                                                      \
        break;                                                                                                         \
    }
#define PAIR_CASE(one, n, x, two, m, y)                                                                                \
    case number_##one##_then_##two: {                                                                                       \
        { COMPUTE(n, x) }                                                                                              \
        { COMPUTE(m, y) }                                                                                              \
        break;                                                                                                         \
    }
#define TRIPLE_CASE(one, n, x, two, m, y, three, k, z)                                                                 \
    case number_##one##_then_##two##_then_##three: {                                                                             \
        { COMPUTE(n, x) }                                                                                              \
        { COMPUTE(m, y) }                                                                                              \
        { COMPUTE(k, z) }                                                                                              \
        break;                                                                                                         \
    }
#define START while (at < end) switch (*at)
#define FLATTEN
#endif
#define LABELS_OF_ONE(rule) OF_ONE(LABEL, rule)
#define LABELS_OF_TWO(rule) OF_TWO(LABEL, rule)
#define CASES_OF_ONE(rule) OF_ONE(CASE, rule)
#define CASES_OF_TWO(rule) OF_TWO(CASE, rule)

FLATTEN static void scalars(const uint32_t *at, int64_t words, char *memory) {
    const uint32_t *end = at + words;
    START {
        FIXED(CASE)
        RULES_OF_ONE(CASES_OF_ONE)
        RULES_OF_TWO(CASES_OF_TWO)
        PAIRS(PAIR_CASE)
        TRIPLES(TRIPLE_CASE)
    }
}
