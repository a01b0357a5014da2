"""Drawings of Matplotlib, from the extra imgconv[plot], and sheets, which do not need it.

Modules are imported when they are used: most import Matplotlib.
"""

from typing import TYPE_CHECKING

from imgconv.system.lazy_imports import lazy_modules

if TYPE_CHECKING:
    from imgconv.figures import explain as explain
    from imgconv.figures import features as features
    from imgconv.figures import film as film
    from imgconv.figures import kernel as kernel
    from imgconv.figures import mask as mask
    from imgconv.figures import masked as masked
    from imgconv.figures import match as match
    from imgconv.figures import matrix as matrix
    from imgconv.figures import sequence as sequence
    from imgconv.figures import sequence_slide as sequence_slide
    from imgconv.figures import sheet as sheet
    from imgconv.figures import slide as slide
    from imgconv.figures import style as style
    from imgconv.figures import theorem as theorem

__getattr__ = lazy_modules(__name__)
