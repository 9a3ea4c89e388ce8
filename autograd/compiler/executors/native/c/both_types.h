/* Includes the file OF_TYPES for doubles and for floats: names that OF makes end with _d and _f. */

#define TYPE double
#define OF(name) name##_d
#include OF_TYPES
#undef TYPE
#undef OF
#define TYPE float
#define OF(name) name##_f
#include OF_TYPES
#undef TYPE
#undef OF
#undef OF_TYPES
