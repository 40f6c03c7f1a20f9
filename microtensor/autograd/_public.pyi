# The public names of microtensor.autograd, written by .ci/names.py.
from microtensor.autograd.anomaly_mode import (
    detect_anomaly as detect_anomaly, set_detect_anomaly as set_detect_anomaly
)
from microtensor.autograd.checking.jacobians import GradcheckError as GradcheckError
from microtensor.autograd.diagnosis import why_no_grad as why_no_grad
from microtensor.autograd.function import Function as Function
from microtensor.autograd.grad_backward import backward as backward, grad as grad
from microtensor.autograd.gradcheck import (
    KinkWarning as KinkWarning, gradcheck as gradcheck, gradgradcheck as gradgradcheck
)
from microtensor.autograd.multithreading import set_multithreading_enabled as set_multithreading_enabled
from microtensor.engine.grad_mode import (
    enable_grad as enable_grad, inference_mode as inference_mode, no_grad as no_grad, set_grad_enabled as
    set_grad_enabled
)
from microtensor.legacy.variable_memory_format import Variable as Variable
from microtensor.autograd import anomaly_mode as anomaly_mode
from microtensor.autograd import forward_ad as forward_ad
from microtensor.autograd import function as function
from microtensor.autograd import functional as functional
from microtensor.autograd import graph as graph
from microtensor.autograd import profiler as profiler
