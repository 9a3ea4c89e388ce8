"""The Nile at Aswan, as a level that wanders and is measured with noise: the likelihood, by Kalman's filter (1960).

    F = P + measured²    v = y - level    K = P/F
    level ← level + K·v    P ← P·(1 - K) + wandering²    likelihood ← likelihood - (ln 2πF + v²/F)/2

where `measured²` and `wandering²` are the two variances, by which the gradient is (Durbin and Koopman, "Time Series
Analysis by State Space Methods", 2.2: at 15,099 and 1,469.1 it is about 0). A row is a series of flows; the first is
the river's, the others are disturbed. The first flow is where the level begins.
"""

from math import log, pi
from typing import Any

import numpy as np

from .recurrence import Recurrence, recurrence

FLOWS = (  # a year, 10⁸ m³, from 1871 to 1970
    1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799, 958, 1140,
    1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916, 692, 1020, 1050, 969,
    831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698, 845, 744, 796, 1040, 759,
    781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742, 801, 1040, 860, 874, 848, 890,
    744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901, 1170, 912, 746, 919, 718, 714, 740,
)  # fmt: skip
BEST, PARAMETERS = (15_099.0, 1_469.1), (10_000.0, 3_000.0)  # the variances: measured, wandering


def kalman(years: int, rows: int) -> Recurrence:
    disturbed = np.random.default_rng(0).normal(0.0, 30.0, (rows, years))
    disturbed[0] = 0.0
    return recurrence(PARAMETERS, FLOWS[:years] + disturbed, years - 1, _begin, _turn, lambda state: state[2])


def _begin(flows: Any, variances: Any) -> tuple[Any, Any, Any]:
    return (flows[0], variances[0] + variances[1], 0.0), (flows[1:],), variances


def _turn(state: Any, flow: Any, variances: Any, functions: Any) -> tuple[Any, Any, Any]:
    (level, variance, likelihood), (measured, wandering) = state, (variances[0], variances[1])
    of_flow, surprise = variance + measured, flow[0] - level
    gain = variance / of_flow
    likelihood = likelihood - 0.5 * (log(2.0 * pi) + functions.log(of_flow) + surprise * surprise / of_flow)
    return level + gain * surprise, variance * (1.0 - gain) + wandering, likelihood
