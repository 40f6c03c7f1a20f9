"""A small network learns before your eyes: the real engine, in a page, beside the program that does it.

    python -m microtensor playground                       # opens the page
    python -m microtensor playground data=spiral lr=0.03   # begins with other settings
    python -m microtensor playground --record out.html     # a whole training as one file
    playground.show()                                      # in a notebook

    settings <- trainer (the loop, stepped and stepped back) <- frame (what the page draws, a pure function)
             <- session (a thread that obeys) <- server (127.0.0.1, a token) <- page/ (HTML, CSS, JavaScript)

The program that the page shows is PyTorch's, and gives the session's losses number by number.
"""

from .notebook import Shown, show
from .program import program
from .record import record, save_recording
from .session import Session
from .settings import Layer, Settings
from .trainer import Trainer

__all__ = ["Layer", "Session", "Settings", "Shown", "Trainer", "program", "record", "save_recording", "show"]
