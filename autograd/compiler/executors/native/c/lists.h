/* Loops over families (see families.h) for what softmax, its logarithm and their kin are made of. */

#define OF_TYPES "lists_of_type.h"
#include "both_types.h"

static const OfFamilies of_lists[] = {
    {"less largest d", less_largest_d}, {"less largest f", less_largest_f},
    {"recentred d", recentred_d},       {"recentred f", recentred_f},
    {"rest of total d", rest_of_total_d}, {"rest of total f", rest_of_total_f},
    {"in proportion d", in_proportion_d}, {"in proportion f", in_proportion_f},
    {0, 0},
};
