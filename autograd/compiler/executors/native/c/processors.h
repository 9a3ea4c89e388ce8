/* What one compiler can and another one cannot. */

#ifndef FOR_EACH_PROCESSOR
#include <stdint.h> /* with which a C library says which one it is */

/* The same function for the processors that there are, chosen when it is loaded. */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && __GNUC__ >= 12
#define FOR_EACH_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

/* Whether vectors of four doubles and more are used: of two, functions that compute both sides of each choice are slow. */
static inline int has_wide_vectors(void) {
#if defined(__AVX2__)
    return 1;
#elif defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && __GNUC__ >= 12
    return __builtin_cpu_supports("avx2") != 0;
#else
    return 0;
#endif
}

/* A function that is a part of each one that calls it, however long it is. */
#if defined(__GNUC__)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#elif defined(_MSC_VER)
#define ALWAYS_INLINE __forceinline
#else
#define ALWAYS_INLINE inline
#endif
#define INLINE static ALWAYS_INLINE

/* A pointer to numbers that no other one leads to. */
#if defined(_MSC_VER)
#define RESTRICT __restrict
#else
#define RESTRICT restrict
#endif

#endif
