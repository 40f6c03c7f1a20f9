# The public names of microtensor.fft, written by .ci/names.py.
from microtensor.fft.frequencies import (
    fftfreq as fftfreq, fftshift as fftshift, ifftshift as ifftshift, rfftfreq as rfftfreq
)
from microtensor.fft.one_dimension import (
    fft as fft, hfft as hfft, ifft as ifft, ihfft as ihfft, irfft as irfft, rfft as rfft
)
from microtensor.fft.several_dimensions import (
    fft2 as fft2, fftn as fftn, hfft2 as hfft2, hfftn as hfftn, ifft2 as ifft2, ifftn as ifftn, ihfft2 as
    ihfft2, ihfftn as ihfftn, irfft2 as irfft2, irfftn as irfftn, rfft2 as rfft2, rfftn as rfftn
)
